-- title: Results of A/B tests, as they were shown
-- definition: One row a variant and metric each time results are computed for the record, so that the history of what was shown is kept.
CREATE TABLE ab_test_results
(
    test_id String COMMENT 'The test' CODEC(ZSTD),
    variant_id String COMMENT 'The variant' CODEC(ZSTD),
    metric LowCardinality(String) COMMENT 'Conversion event or value',
    computed_at DateTime64(3, 'UTC') COMMENT 'When' CODEC(Delta, ZSTD),
    exposed UInt64 COMMENT 'People exposed',
    converted UInt64 COMMENT 'People who converted after exposure',
    conversion_rate Nullable(Float64) COMMENT 'Percent',
    absolute_lift Nullable(Float64) COMMENT 'Percentage points against control',
    absolute_lift_low Nullable(Float64) COMMENT 'Lower end of its 95 % interval',
    absolute_lift_high Nullable(Float64) COMMENT 'Upper end of its 95 % interval',
    relative_lift Nullable(Float64) COMMENT 'Percent of the rate of control',
    relative_lift_low Nullable(Float64) COMMENT 'Lower end of its 95 % interval',
    relative_lift_high Nullable(Float64) COMMENT 'Upper end of its 95 % interval',
    z_score Nullable(Float64) COMMENT 'Pooled two-proportion z-test',
    p_value Nullable(Float64) COMMENT 'Two-sided, of the z-test',
    value_mean Nullable(Float64) COMMENT 'Mean value of an exposed person',
    value_p_value Nullable(Float64) COMMENT 'Welch''s t-test of the values',
    sequential_p_value Nullable(Float64) COMMENT 'Valid however often one looks',
    sequential_low Nullable(Float64) COMMENT 'Lower end of the always-valid interval',
    sequential_high Nullable(Float64) COMMENT 'Upper end of the always-valid interval',
    holm_p_value Nullable(Float64) COMMENT 'Corrected for several variants',
    srm_p_value Nullable(Float64) COMMENT 'Sample ratio mismatch',
    sample_size_needed Nullable(UInt64) COMMENT 'Exposed people still needed',
    revenue_impact Nullable(Float64) COMMENT 'Difference of mean values times exposed people',
    status LowCardinality(String) COMMENT 'collecting_data, inconclusive, winner_found, control_better or srm_detected',
    reason String COMMENT 'The status in words' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(computed_at)
ORDER BY (test_id, variant_id, metric, computed_at)
TTL toDate(computed_at) + INTERVAL {{retention_days}} + 1 DAY
COMMENT 'Results of A/B tests as they were shown: one row a variant, metric and time';
