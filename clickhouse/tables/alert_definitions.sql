-- title: Rules that raise alerts
-- definition: One row a version of a rule: who changed what, when. The latest version of an alert_id is in force.
CREATE TABLE alert_definitions
(
    alert_id String COMMENT 'The rule' CODEC(ZSTD),
    version UInt32 COMMENT 'Counted from 1; the highest is in force',
    alert_name String COMMENT 'Name people know it by' CODEC(ZSTD),
    metric String COMMENT 'KPI column (kpi_api_hourly.error_rate) or ingest figure' CODEC(ZSTD),
    comparison LowCardinality(String) COMMENT 'above, below or equal',
    threshold Float64 COMMENT 'What the metric is compared with',
    window_seconds UInt32 COMMENT 'Seconds looked back',
    for_seconds UInt32 COMMENT 'Seconds it has to last',
    severity LowCardinality(String) COMMENT 'low, medium, high or critical',
    channels Array(LowCardinality(String)) COMMENT 'Where it is told: email, webhook',
    is_enabled Bool COMMENT 'Whether it is watched',
    changed_by String COMMENT 'Who made this version' CODEC(ZSTD),
    changed_at DateTime64(3, 'UTC') COMMENT 'When this version was made'
)
ENGINE = ReplacingMergeTree
ORDER BY (alert_id, version)
COMMENT 'Rules that raise alerts: one row a version';
