-- title: Alerts that were raised
-- definition: One row a change of an alert: raised, told, acknowledged, silenced, resolved.
CREATE TABLE alert_history
(
    incident_id UUID COMMENT 'The alert, from raised to resolved',
    alert_id String COMMENT 'The rule' CODEC(ZSTD),
    at DateTime64(3, 'UTC') COMMENT 'When' CODEC(Delta, ZSTD),
    change LowCardinality(String) COMMENT 'raised, delivered, failed, acknowledged, silenced or resolved',
    severity LowCardinality(String) COMMENT 'Of the rule at that time',
    value Nullable(Float64) COMMENT 'What the metric was',
    threshold Nullable(Float64) COMMENT 'What it was compared with',
    channel LowCardinality(String) COMMENT 'Where it was told, for delivered and failed',
    message String COMMENT 'In words' CODEC(ZSTD),
    changed_by String COMMENT 'Who acknowledged, silenced or resolved it; empty: the system' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (at, incident_id, change, channel)
TTL toDate(at) + INTERVAL {{retention_days}} + 1 DAY
COMMENT 'Alerts that were raised: one row a change';
