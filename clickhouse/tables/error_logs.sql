-- title: Errors in browsers and on servers
-- definition: One row an error.
CREATE TABLE error_logs
(
    {{envelope}},
    error_type LowCardinality(String) COMMENT 'Class of the error',
    error_message String COMMENT 'The message' CODEC(ZSTD),
    stack_trace String COMMENT 'The stack' CODEC(ZSTD),
    endpoint LowCardinality(String) COMMENT 'Where it happened',
    severity LowCardinality(String) COMMENT 'low, medium, high or critical; medium where not said',
    fingerprint String COMMENT 'Errors of one fault share it' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (error_type, toStartOfHour(timestamp), timestamp)
{{raw_settings}}
COMMENT 'Errors in browsers and on servers: one row an event of type error';
