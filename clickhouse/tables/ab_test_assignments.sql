-- title: Exposures to test variants
-- definition: One row an exposure; the first of a user in a test stands.
CREATE TABLE ab_test_assignments
(
    {{envelope}},
    test_id String COMMENT 'The test' CODEC(ZSTD),
    variant_id String COMMENT 'The variant' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (test_id, user_id, timestamp)
{{raw_settings}}
COMMENT 'Exposures to test variants: one row an event of type ab_assignment';
