-- title: Use of features
-- definition: One row a use of a feature.
CREATE TABLE feature_usage
(
    {{envelope}},
    feature_name LowCardinality(String) COMMENT 'The feature',
    time_spent Nullable(Float64) COMMENT 'Seconds',
    success Nullable(Bool) COMMENT 'Whether it did what the person wanted',
    satisfaction_score Nullable(Float64) COMMENT '1 to 5'
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (feature_name, toDate(timestamp), session_id, timestamp)
{{raw_settings}}
COMMENT 'Use of features: one row an event of type feature_use';
