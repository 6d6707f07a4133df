-- title: Events that were refused
-- definition: The dead-letter table: what came with a valid key and could not be stored, with the reason. Nothing is dropped in silence.
CREATE TABLE rejected_events
(
    rejection_id UUID COMMENT 'Identity of the refusal: one a delivery',
    event_id String COMMENT 'Id the event gave, as it stood; empty where it gave none' CODEC(ZSTD),
    type String COMMENT 'Type the event gave, as it stood' CODEC(ZSTD),
    received_at DateTime64(3, 'UTC') COMMENT 'When the collector had it' CODEC(Delta, ZSTD),
    stage LowCardinality(String) COMMENT 'validate: refused on receipt; insert: refused by ClickHouse',
    reason LowCardinality(String) COMMENT 'Stable code: unknown_type, invalid, forbidden_type, too_deep …',
    path String COMMENT 'JSON pointer to the first field that is wrong' CODEC(ZSTD),
    message String COMMENT 'What is wrong with it' CODEC(ZSTD),
    errors String COMMENT 'All faults found, as JSON text: [{"path", "message"}]' CODEC(ZSTD),
    payload String COMMENT 'The event as JSON text, at most 8 KiB, without what identifies a person' CODEC(ZSTD),
    key_kind LowCardinality(String) COMMENT 'Kind of the key it came with',
    batch UInt64 COMMENT 'The collector''s insert that brought it' CODEC(Delta, ZSTD),
    INDEX index_batch batch TYPE minmax
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (reason, received_at)
{{raw_settings}}
COMMENT 'Events that were refused, with the reason: one row a delivery';
