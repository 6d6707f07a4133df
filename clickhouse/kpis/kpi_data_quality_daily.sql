-- title: Quality of the data by day
-- unit: counts; percent
-- definition: By the day of the event's corrected time (refused events: of their receipt). received = accepted + duplicates + rejected deliveries. late: received more than an hour after it happened. clock_skewed: times that were shifted or replaced. bots: accepted events judged robots. lost_events: numbers missing in sessions' seq, on the day the session started; loss_rate: of all numbers made.
-- grain: date
-- needs: user_sessions, quality_states, duplicate_events, rejected_events
CREATE VIEW kpi_data_quality_daily AS
WITH
    counts AS
    (
        SELECT
            day AS date,
            sum(accepted) AS accepted,
            0 AS duplicates,
            0 AS conflicts,
            '' AS reason,
            0 AS rejected,
            sum(late) AS late,
            sum(clock_skewed) AS clock_skewed,
            sum(bots) AS bots,
            0 AS lost_events,
            0 AS numbered
        FROM (SELECT day, batch, max(accepted) AS accepted, max(late) AS late, max(clock_skewed) AS clock_skewed, max(bots) AS bots FROM quality_states GROUP BY day, batch)
        GROUP BY date
        UNION ALL
        SELECT toDate(timestamp) AS date, 0, count(), countIf(is_conflict), '', 0, 0, 0, 0, 0, 0
        FROM duplicate_events
        GROUP BY date
        UNION ALL
        SELECT toDate(received_at) AS date, 0, 0, 0, reason, count(), 0, 0, 0, 0, 0
        FROM rejected_events
        GROUP BY date, reason
        UNION ALL
        SELECT toDate(first_time) AS date, 0, 0, 0, '', 0, 0, 0, 0, sum(lost), sum(made)
        FROM
        (
            SELECT
                assumeNotNull(min(s.first_time)) AS first_time,
                bitmapCardinality(groupBitmapMergeState(seqs)) AS arrived,
                if(arrived = 0, 0, toInt64(bitmapMax(groupBitmapMergeState(seqs))) + 1) AS made,
                made - arrived AS lost
            FROM session_states AS s
            WHERE session_id != ''
            GROUP BY session_id
            HAVING min(s.first_time) IS NOT NULL
        )
        GROUP BY date
    )
SELECT
    date,
    sum(c.accepted) + sum(c.duplicates) + sum(c.rejected) AS received,
    sum(c.accepted) AS accepted,
    sum(c.duplicates) AS duplicates,
    sum(c.conflicts) AS conflicts,
    sum(c.rejected) AS rejected,
    sumMapIf(map(toString(c.reason), toUInt64(c.rejected)), c.rejected > 0) AS rejected_by_reason,
    sum(c.late) AS late,
    sum(c.clock_skewed) AS clock_skewed,
    sum(c.bots) AS bots,
    sum(c.lost_events) AS lost_events,
    100 * sum(c.lost_events) / nullIf(sum(c.numbered), 0) AS loss_rate
FROM counts AS c
GROUP BY date
{{one_meaning}}
COMMENT {{comment}};
