-- title: Conversions that tests measure
-- definition: One row a conversion.
CREATE TABLE ab_test_conversions
(
    {{envelope}},
    test_id String COMMENT 'The test' CODEC(ZSTD),
    conversion_event LowCardinality(String) COMMENT 'What was done',
    value Float64 DEFAULT 1 COMMENT 'Its value',
    metadata String COMMENT 'What else was said of it, as JSON text: read it with JSONExtract functions' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (test_id, user_id, timestamp)
{{raw_settings}}
COMMENT 'Conversions that tests measure: one row an event of type ab_conversion';
