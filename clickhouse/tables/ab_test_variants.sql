-- title: Variants of A/B tests
-- definition: One row a variant and version of its test.
CREATE TABLE ab_test_variants
(
    test_id String COMMENT 'The test' CODEC(ZSTD),
    variant_id String COMMENT 'The variant' CODEC(ZSTD),
    version UInt32 COMMENT 'Version of the test that this row belongs to',
    variant_name String COMMENT 'Name people know it by' CODEC(ZSTD),
    variant_description String COMMENT 'What it changes' CODEC(ZSTD),
    configuration String COMMENT 'What the site needs to show it, as JSON text' CODEC(ZSTD),
    traffic_percentage Float64 COMMENT 'Share of people, percent',
    is_control Bool COMMENT 'What the others are compared with',
    changed_at DateTime64(3, 'UTC') COMMENT 'When this version was made'
)
ENGINE = ReplacingMergeTree
ORDER BY (test_id, variant_id, version)
COMMENT 'Variants of A/B tests: one row a variant and version';
