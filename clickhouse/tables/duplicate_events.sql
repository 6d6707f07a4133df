-- title: Repeated deliveries
-- definition: One row a delivery of an event whose id was accepted before. The first accepted stands; other content under a known id is a conflict.
CREATE TABLE duplicate_events
(
    event_id UUID COMMENT 'The repeated id',
    type LowCardinality(String) COMMENT 'Type of the repeated event',
    timestamp DateTime64(3, 'UTC') COMMENT 'Time of the repeated event, corrected' CODEC(Delta, ZSTD),
    received_at DateTime64(3, 'UTC') COMMENT 'When the repetition came' CODEC(Delta, ZSTD),
    is_conflict Bool COMMENT 'Its content differs from the first',
    is_bot Bool COMMENT 'Judged a robot by its User-Agent',
    batch UInt64 COMMENT 'The collector''s insert that brought it' CODEC(Delta, ZSTD),
    INDEX index_batch batch TYPE minmax
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (toDate(timestamp), event_id)
{{raw_settings}}
COMMENT 'Deliveries of events that were accepted before: one row a repetition';
