-- title: Counts of accepted events by batch
-- definition: What kpi_data_quality_daily sums. Each batch is inserted as one block, so its counts are the same however often it is repeated: max keeps them right.
-- needs: event_stream
CREATE TABLE quality_states
(
    day Date COMMENT 'UTC day of the events' CODEC(Delta, ZSTD),
    batch UInt64 COMMENT 'The collector''s insert' CODEC(Delta, ZSTD),
    accepted SimpleAggregateFunction(max, UInt64) COMMENT 'Events stored',
    late SimpleAggregateFunction(max, UInt64) COMMENT 'Received more than an hour after they happened',
    clock_skewed SimpleAggregateFunction(max, UInt64) COMMENT 'Times that were shifted or replaced',
    bots SimpleAggregateFunction(max, UInt64) COMMENT 'Events judged robots',
    last_received SimpleAggregateFunction(max, DateTime('UTC')) COMMENT 'When the collector had the last of them: retention counts from it'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, batch)
TTL toDate(last_received) + INTERVAL {{retention_days}} + 1 DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Counts of accepted events by batch and day; read kpi_data_quality_daily instead';

CREATE MATERIALIZED VIEW quality_states_view TO quality_states AS
SELECT
    toDate(timestamp) AS day,
    batch,
    count() AS accepted,
    countIf(received_at > timestamp + INTERVAL 1 HOUR) AS late,
    countIf(is_skewed) AS clock_skewed,
    countIf(is_bot) AS bots,
    max(toDateTime(received_at)) AS last_received
FROM event_stream
GROUP BY
    day,
    batch;
