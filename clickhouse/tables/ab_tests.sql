-- title: Definitions of A/B tests
-- definition: One row a version of a test: who changed what, when. The latest version of a test_id is in force.
CREATE TABLE ab_tests
(
    test_id String COMMENT 'The test' CODEC(ZSTD),
    version UInt32 COMMENT 'Counted from 1; the highest is in force',
    test_name String COMMENT 'Name people know it by' CODEC(ZSTD),
    description String COMMENT 'What is tried' CODEC(ZSTD),
    hypothesis String COMMENT 'What is expected, and why' CODEC(ZSTD),
    target_metric LowCardinality(String) COMMENT 'The conversion event or value it is decided by',
    success_threshold Float64 COMMENT 'Relative lift that makes it a success, percent',
    minimum_sample_size UInt64 COMMENT 'Exposed people before a decision',
    start_date Nullable(DateTime64(3, 'UTC')) COMMENT 'When it starts or started; exposures before are not counted',
    end_date Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ends or ended',
    status LowCardinality(String) COMMENT 'draft, active, paused, completed or cancelled',
    salt String COMMENT 'What people are assigned by; the same for all versions' CODEC(ZSTD),
    created_by String COMMENT 'Who made it' CODEC(ZSTD),
    changed_by String COMMENT 'Who made this version' CODEC(ZSTD),
    changed_at DateTime64(3, 'UTC') COMMENT 'When this version was made'
)
ENGINE = ReplacingMergeTree
ORDER BY (test_id, version)
COMMENT 'Definitions of A/B tests: one row a version';
