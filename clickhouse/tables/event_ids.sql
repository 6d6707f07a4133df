-- title: Ids of the events stored
-- definition: What repeated deliveries are recognised by, for the days an id counts once. Ordered by id: a look-up of a batch of ids reads few granules, because UUIDv7 ids that are made together sort together.
-- needs: event_stream
CREATE TABLE event_ids
(
    event_id UInt128 COMMENT 'The id as a number, so that the order is the order of its digits' CODEC(ZSTD),
    content_hash UInt64 COMMENT 'Hash of what the sender wrote: tells a repetition from a conflict',
    received_at DateTime('UTC') COMMENT 'When it was accepted' CODEC(Delta, ZSTD),
    batch UInt64 COMMENT 'The insert that brought it' CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(received_at)
ORDER BY (event_id, batch)
TTL toDate(received_at) + INTERVAL {{deduplication_days}} DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Ids of stored events: what repeated deliveries are recognised by';

CREATE MATERIALIZED VIEW event_ids_view TO event_ids AS
SELECT
    toUInt128(event_id) AS event_id,
    content_hash,
    toDateTime(received_at) AS received_at,
    batch
FROM event_stream;
