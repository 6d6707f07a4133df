-- title: What administrators did
-- definition: One row an action, never changed. People are named by a keyed hash.
CREATE TABLE audit_log
(
    audit_id UUID COMMENT 'The action',
    at DateTime64(3, 'UTC') COMMENT 'When' CODEC(Delta, ZSTD),
    actor String COMMENT 'The key that acted, by the first digits of its hash' CODEC(ZSTD),
    action LowCardinality(String) COMMENT 'What was done: test_started, key_revoked, person_erased …',
    subject String COMMENT 'What it was done to; people by a keyed hash' CODEC(ZSTD),
    details String COMMENT 'What else there is to say, as JSON text; no secrets' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (at, audit_id)
COMMENT 'What administrators did: one row an action';
