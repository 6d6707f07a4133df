-- title: Starts and ends of sessions, as they were sent
-- definition: One row a session_start or session_end event. user_sessions has the sessions themselves, which are right without either.
CREATE TABLE session_events
(
    {{envelope}},
    entry_page String COMMENT 'First page, where the sender said so' CODEC(ZSTD),
    exit_page String COMMENT 'Last page, where the sender said so' CODEC(ZSTD),
    conversion_events Nullable(UInt32) COMMENT 'Conversions that no interaction was sent for (session_end)'
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (type, toDate(timestamp), session_id, timestamp)
{{raw_settings}}
COMMENT 'Starts and ends of sessions, as they were sent: one row an event of type session_start or session_end';
