-- title: Requests that servers answered
-- definition: One row a request.
CREATE TABLE api_performance
(
    {{envelope}},
    endpoint LowCardinality(String) COMMENT 'Route pattern',
    method LowCardinality(String) COMMENT 'HTTP method',
    response_time Float64 COMMENT 'Milliseconds',
    status_code UInt16 COMMENT 'HTTP status',
    request_size Nullable(Float64) COMMENT 'Bytes',
    response_size Nullable(Float64) COMMENT 'Bytes',
    error_message String COMMENT 'What failed' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (endpoint, method, toStartOfHour(timestamp), timestamp)
{{raw_settings}}
COMMENT 'Requests that servers answered: one row an event of type api_call';
