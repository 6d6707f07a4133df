-- title: Backtest of the churn risk
-- unit: counts; percent; area under the curve, 0 to 1
-- definition: As of each of the last 26 Mondays (00:00 UTC) of which the following 30 days are known: everybody who had been active before is given the churn_risk_score of user_retention as it would have
--   stood then, by the events that had happened before. Sessions count for the person they are counted for today. Churned: no session of theirs started, nor did they do anything without a session,
--   within 30 days from then. churn_rate_by_decile: churned / scored, by decile of the score from 1 (least risk) to 10; equal scores share the decile of their middle, and a decile nobody is in is
--   left out. auc: probability that somebody who churned had a higher score than somebody who returned, equal scores counting half: 0.5 is chance, 1 is perfect; NULL where all did the same.
-- grain: as_of_week
-- needs: user_sessions, feature_usage
CREATE VIEW kpi_churn_backtest AS
WITH
    arrayMap(n -> toMonday(toDate(now('UTC')) - 30) - 7 * n, range(26)) AS as_of_weeks,
    known_sessions AS
    (
        SELECT
            session_id,
            user_id AS person,
            session_start
        FROM user_sessions
        WHERE NOT is_bot AND user_id != ''
    ),
    -- What was known of a session by the end of each week that brought something of it: nearly always one row.
    session_weeks AS
    (
        SELECT
            s.session_id AS session_id,
            toMonday(s.day) AS week,
            min(s.first_time) AS week_start,
            max(s.last_time) AS week_end,
            uniqExactMerge(s.page_views) AS week_page_views,
            uniqExactMerge(s.application_completes) AS week_completes,
            argMaxMergeState(s.reported_conversions) AS week_reported
        FROM session_states AS s
        WHERE s.session_id != ''
        GROUP BY
            session_id,
            week
    ),
    snapshots AS
    (
        SELECT
            w.session_id AS session_id,
            w.week AS week,
            leadInFrame(w.week) OVER (PARTITION BY w.session_id ORDER BY w.week ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_week,
            min(w.week_start) OVER so_far AS first_time,
            max(w.week_end) OVER so_far AS last_time,
            sum(w.week_page_views) OVER so_far AS page_views,
            (sum(w.week_completes) OVER so_far) + (argMaxMerge(w.week_reported) OVER so_far) AS conversions
        FROM session_weeks AS w
        WINDOW so_far AS (PARTITION BY w.session_id ORDER BY w.week ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ),
    -- Activity without a session is like a session that counts as none: known from the day after on, and a day to have come back on.
    visits AS
    (
        SELECT
            k.person AS person,
            s.week AS known_after,
            s.next_week AS known_until,
            toDate(assumeNotNull(s.first_time)) AS first_day,
            assumeNotNull(s.last_time) AS last_time,
            dateDiff('millisecond', assumeNotNull(s.first_time), last_time) AS milliseconds,
            s.page_views AS page_views,
            s.conversions AS conversions,
            toDate(k.session_start) AS begun,
            1 AS is_session
        FROM snapshots AS s
        INNER JOIN known_sessions AS k ON k.session_id = s.session_id
        WHERE s.first_time IS NOT NULL
        UNION ALL
        SELECT v.visitor, v.day, toDate(0), v.day, assumeNotNull(v.last_time), 0, 0, 0, v.day, 0
        FROM session_states AS v
        WHERE v.session_id = '' AND v.visitor != ''
    ),
    features AS
    (
        SELECT
            multiIf(k.person != '', k.person, f.user_id != '', f.user_id, f.anonymous_id) AS person,
            groupUniqArray(toDate(f.timestamp)) AS days
        FROM feature_usage AS f
        LEFT JOIN known_sessions AS k ON k.session_id = f.session_id
        WHERE NOT f.is_bot AND f.session_id NOT IN ({{robot_sessions}})
        GROUP BY
            person,
            f.feature_name
    ),
    histories AS
    (
        SELECT
            v.person AS person,
            CAST(
                groupArray((v.known_after, v.known_until, v.first_day, v.last_time, v.milliseconds, v.page_views, v.conversions, v.begun, v.is_session)),
                'Array(Tuple(known_after Date, known_until Date, first_day Date, last_time DateTime64(3, \'UTC\'), milliseconds Int64, page_views UInt64, conversions UInt64, begun Date, is_session UInt8))') AS visits
        FROM visits AS v
        GROUP BY person
    ),
    people AS
    (
        SELECT
            h.person AS person,
            h.visits AS visits,
            u.features AS features
        FROM histories AS h
        LEFT JOIN (SELECT person, groupArray(days) AS features FROM features GROUP BY person) AS u ON u.person = h.person
    ),
    -- One row a person and moment, made from the person's own arrays as it passes: grouped by both, all of them would have to be in memory.
    moments AS
    (
        SELECT
            as_of,
            arrayFilter(v -> v.known_after < as_of AND (v.known_until = toDate(0) OR as_of <= v.known_until), p.visits) AS known,
            arrayFilter(v -> v.is_session = 1 AND v.first_day >= as_of - 30, known) AS recent,
            dateDiff('millisecond', arrayMax(v -> v.last_time, known), toDateTime64(as_of, 3, 'UTC')) / 86400000 AS idle_days,
            arraySum(v -> v.is_session, known) AS total_sessions,
            length(recent) AS sessions,
            arraySum(v -> v.milliseconds, recent) / 60000 / nullIf(sessions, 0) AS avg_session_minutes,
            100 * arrayCount(v -> v.conversions > 0, recent) / nullIf(sessions, 0) AS conversion_rate,
            100 * arrayCount(v -> v.page_views = 1, recent) / nullIf(arrayCount(v -> v.page_views >= 1, recent), 0) AS bounce_rate,
            arrayCount(days -> arrayExists(day -> day < as_of AND day >= as_of - 30, days), p.features) AS features_used,
            {{engagement_score}} AS engagement_score,
            -- Rounded, so that scores that are equal on paper are equal here.
            round({{churn_risk}}, 6) AS score,
            NOT arrayExists(v -> v.begun >= as_of AND v.begun < as_of + 30, p.visits) AS has_churned
        FROM people AS p
        ARRAY JOIN as_of_weeks AS as_of
        WHERE notEmpty(known)
    ),
    scores AS
    (
        SELECT
            m.as_of AS as_of,
            m.score AS score,
            count() AS people,
            countIf(m.has_churned) AS churned
        FROM moments AS m
        GROUP BY
            as_of,
            score
    ),
    ranked AS
    (
        SELECT
            s.as_of AS as_of,
            s.people AS people,
            s.churned AS churned,
            people - churned AS returned,
            sum(people) OVER (PARTITION BY s.as_of) AS everybody,
            (sum(people) OVER so_far) - people AS people_below,
            (sum(returned) OVER so_far) - returned AS returned_below,
            toUInt8(intDiv(10 * people_below + 5 * people, everybody) + 1) AS decile
        FROM scores AS s
        WINDOW so_far AS (PARTITION BY s.as_of ORDER BY s.score ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ),
    deciles AS
    (
        SELECT
            r.as_of AS as_of,
            r.decile AS decile,
            sum(r.people) AS people,
            sum(r.churned) AS churned,
            -- Of the pairs of one who churned and one who returned: those put in the right order, and half of those not put in any.
            sum(r.churned * (r.returned_below + r.returned / 2)) AS pairs_right
        FROM ranked AS r
        GROUP BY
            as_of,
            decile
    )
SELECT
    d.as_of AS as_of_week,
    sum(d.people) AS users_scored,
    CAST(arraySort(groupArray((d.decile, 100 * d.churned / d.people))), 'Map(UInt8, Float64)') AS churn_rate_by_decile,
    sum(d.pairs_right) / nullIf(sum(d.churned) * (users_scored - sum(d.churned)), 0) AS auc
FROM deciles AS d
GROUP BY as_of_week
{{one_meaning}}
COMMENT {{comment}};
