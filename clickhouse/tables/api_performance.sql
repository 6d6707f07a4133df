-- title: Requests that servers answered
-- definition: One row a request.
-- The projection is what kpi_api_hourly reads: each part of the table carries it, so it is as right as the part is. It has the
-- session, because a session may turn out to be a robot's later. Deletes rebuild it; without that setting they are refused.
CREATE TABLE api_performance
(
    {{envelope}},
    endpoint LowCardinality(String) COMMENT 'Route pattern',
    method LowCardinality(String) COMMENT 'HTTP method',
    response_time Float64 COMMENT 'Milliseconds',
    status_code UInt16 COMMENT 'HTTP status',
    request_size Nullable(Float64) COMMENT 'Bytes',
    response_size Nullable(Float64) COMMENT 'Bytes',
    error_message String COMMENT 'What failed' CODEC(ZSTD),
    PROJECTION by_hour
    (
        SELECT
            toStartOfHour(timestamp),
            endpoint,
            method,
            is_bot,
            session_id,
            count(),
            sum(response_time),
            quantilesExactInclusive(0.5, 0.95, 0.99)(response_time),
            max(response_time),
            countIf(status_code >= 400),
            countIf(status_code >= 500),
            countIf(response_time > {{max_response_time}})
        GROUP BY
            toStartOfHour(timestamp),
            endpoint,
            method,
            is_bot,
            session_id
    )
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (endpoint, method, toStartOfHour(timestamp), timestamp)
{{raw_settings}},
    lightweight_mutation_projection_mode = 'rebuild'
COMMENT 'Requests that servers answered: one row an event of type api_call';
