-- title: Sessions
-- definition: One row a session, right while it runs and whatever comes late, twice or out of order. Every event that names a session belongs to it; application, income, goal, career_advancement and ab_conversion events name it without extending it. A session's user is the latest non-empty user_id seen in it, else its anonymous_id.
-- needs: event_stream
-- Every column is a state that does not change when the same event comes again, so an insert may be repeated after a crash.
-- One row a session and day: the days a person was active on are kept. Events without a session keep their visitor.
CREATE TABLE session_states
(
    day Date COMMENT 'UTC day of the events' CODEC(Delta, ZSTD),
    session_id String COMMENT 'The session; empty for events without one' CODEC(ZSTD),
    visitor String COMMENT 'Who made events without a session; empty in sessions' CODEC(ZSTD),
    first_time SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Earliest event',
    last_time SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Latest event',
    user_id AggregateFunction(argMax, String, Tuple(DateTime64(3, 'UTC'), UInt128)) COMMENT 'Latest non-empty user_id',
    anonymous_id AggregateFunction(argMax, String, Tuple(DateTime64(3, 'UTC'), UInt128)) COMMENT 'Latest non-empty anonymous_id',
    device_type AggregateFunction(argMin, String, Tuple(UInt8, DateTime64(3, 'UTC'), UInt128)) COMMENT 'Of the session_start, else of the earliest event that has one',
    browser AggregateFunction(argMin, String, Tuple(UInt8, DateTime64(3, 'UTC'), UInt128)) COMMENT 'As device_type',
    os AggregateFunction(argMin, String, Tuple(UInt8, DateTime64(3, 'UTC'), UInt128)) COMMENT 'As device_type',
    ip_address AggregateFunction(argMin, String, Tuple(DateTime64(3, 'UTC'), UInt128)) COMMENT 'Of the earliest event that has one',
    referrer AggregateFunction(argMin, String, Tuple(UInt8, DateTime64(3, 'UTC'), UInt128)) COMMENT 'Of the session_start, also when it says none (a direct visit); without a session_start, of the earliest event that has one',
    entry_page AggregateFunction(argMin, String, Tuple(UInt8, DateTime64(3, 'UTC'), UInt128)) COMMENT 'Given by a session_start, else the earliest page',
    exit_page AggregateFunction(argMax, String, Tuple(UInt8, DateTime64(3, 'UTC'), UInt128)) COMMENT 'Given by a session_end, else the latest page',
    page_views AggregateFunction(uniqExact, UUID) COMMENT 'Ids of page views',
    interactions AggregateFunction(uniqExact, UUID) COMMENT 'Ids of interactions, page views among them',
    application_completes AggregateFunction(uniqExact, UUID) COMMENT 'Ids of application_complete interactions',
    reported_conversions AggregateFunction(argMax, UInt32, Tuple(DateTime64(3, 'UTC'), UInt128)) COMMENT 'conversion_events of the latest session_end',
    seqs AggregateFunction(groupBitmap, UInt32) COMMENT 'Sequence numbers that arrived',
    is_bot SimpleAggregateFunction(max, UInt8) COMMENT 'Any event judged a robot''s',
    last_received SimpleAggregateFunction(max, DateTime('UTC')) COMMENT 'When the collector had the last of them: retention counts from it'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (session_id, visitor, day)
TTL toDate(last_received) + INTERVAL {{retention_days}} + 1 DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'States that sessions are computed from; read user_sessions instead';

CREATE MATERIALIZED VIEW session_states_view TO session_states AS
WITH toUInt128(event_id) AS id_order -- The order of the ids' digits, which is the order a browser made them in; UUIDs compare their second halves first.
SELECT
    toDate(timestamp) AS day,
    e.session_id AS session_id,
    if(e.session_id != '', '', if(e.user_id != '', e.user_id, e.anonymous_id)) AS visitor,
    min(if(extends_session, timestamp, NULL)) AS first_time,
    max(if(extends_session, timestamp, NULL)) AS last_time,
    argMaxStateIf(e.user_id, (timestamp, id_order), e.user_id != '' AND extends_session) AS user_id,
    argMaxStateIf(e.anonymous_id, (timestamp, id_order), e.anonymous_id != '' AND extends_session) AS anonymous_id,
    argMinStateIf(toString(e.device_type), (toUInt8(type != 'session_start'), timestamp, id_order), e.device_type != '' AND extends_session) AS device_type,
    argMinStateIf(toString(e.browser), (toUInt8(type != 'session_start'), timestamp, id_order), e.browser != '' AND extends_session) AS browser,
    argMinStateIf(toString(e.os), (toUInt8(type != 'session_start'), timestamp, id_order), e.os != '' AND extends_session) AS os,
    argMinStateIf(e.ip_address, (timestamp, id_order), e.ip_address != '' AND extends_session) AS ip_address,
    argMinStateIf(e.referrer, (toUInt8(type != 'session_start'), timestamp, id_order), (e.referrer != '' OR e.type = 'session_start') AND extends_session) AS referrer,
    argMinStateIf(if(e.entry_page != '', e.entry_page, page_url), (toUInt8(e.entry_page = ''), timestamp, id_order), (e.entry_page != '' OR page_url != '') AND extends_session) AS entry_page,
    argMaxStateIf(if(e.exit_page != '', e.exit_page, page_url), (toUInt8(e.exit_page != ''), timestamp, id_order), (e.exit_page != '' OR page_url != '') AND extends_session) AS exit_page,
    uniqExactStateIf(event_id, type = 'interaction' AND kind = 'page_view') AS page_views,
    uniqExactStateIf(event_id, type = 'interaction') AS interactions,
    uniqExactStateIf(event_id, type = 'interaction' AND kind = 'application_complete') AS application_completes,
    argMaxStateIf(ifNull(conversion_events, 0), (timestamp, id_order), type = 'session_end') AS reported_conversions,
    groupBitmapStateIf(assumeNotNull(seq), seq IS NOT NULL) AS seqs,
    max(toUInt8(e.is_bot)) AS is_bot,
    max(toDateTime(received_at)) AS last_received
FROM event_stream AS e
WHERE e.session_id != '' OR (is_behavior AND NOT e.is_bot AND (e.user_id != '' OR e.anonymous_id != ''))
GROUP BY
    day,
    session_id,
    visitor;

CREATE VIEW user_sessions AS
SELECT
    session_id,
    if(argMaxMerge(s.user_id) != '', argMaxMerge(s.user_id), argMaxMerge(s.anonymous_id)) AS user_id,
    argMaxMerge(s.anonymous_id) AS anonymous_id,
    assumeNotNull(min(first_time)) AS session_start,
    assumeNotNull(max(last_time)) AS session_end,
    dateDiff('millisecond', session_start, session_end) / 1000 AS session_duration,
    argMinMerge(s.device_type) AS device_type,
    argMinMerge(s.browser) AS browser,
    argMinMerge(s.os) AS os,
    argMinMerge(s.ip_address) AS ip_address,
    argMinMerge(s.referrer) AS referrer,
    argMinMerge(s.entry_page) AS entry_page,
    argMaxMerge(s.exit_page) AS exit_page,
    uniqExactMerge(s.page_views) AS page_views,
    uniqExactMerge(s.interactions) AS interactions,
    toBool(page_views = 1) AS is_bounce,
    uniqExactMerge(s.application_completes) + argMaxMerge(s.reported_conversions) AS conversion_events,
    toBool(max(s.is_bot)) AS is_bot,
    -- The numbers run from 0, so the largest plus one were made; an empty bitmap has none.
    if(bitmapCardinality(groupBitmapMergeState(s.seqs)) = 0, 0, bitmapMax(groupBitmapMergeState(s.seqs)) + 1 - bitmapCardinality(groupBitmapMergeState(s.seqs))) AS lost_events
FROM session_states AS s
WHERE session_id != ''
GROUP BY session_id
HAVING min(first_time) IS NOT NULL
{{one_meaning}}
COMMENT {{comment}};
