-- title: What people earn
-- definition: One row a salary that became known.
CREATE TABLE income_tracking
(
    {{envelope}},
    current_salary Float64 COMMENT 'Money a year, in currency',
    previous_salary Nullable(Float64) COMMENT 'Money a year, in currency',
    target_salary Nullable(Float64) COMMENT 'Money a year, in currency',
    currency LowCardinality(String) COMMENT 'ISO 4217; empty: not said',
    source LowCardinality(String) COMMENT 'Who says so',
    verified Nullable(Bool) COMMENT 'Whether it was checked'
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (user_id, timestamp)
{{raw_settings}}
COMMENT 'What people earn: one row an event of type income';
