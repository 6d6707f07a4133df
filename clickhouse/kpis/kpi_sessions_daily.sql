-- title: Sessions by day and device
-- unit: counts; seconds; percent
-- definition: Sessions by the UTC day they started. users: distinct people (user_id, or anonymous_id where empty). bounce_rate: sessions with exactly 1 page view / sessions with at least 1. conversion_rate: sessions with a conversion / sessions.
-- grain: date, device_type
-- needs: user_sessions
CREATE VIEW kpi_sessions_daily AS
SELECT
    toDate(session_start) AS date,
    device_type,
    count() AS sessions,
    uniqExactIf(user_id, user_id != '') AS users,
    sum(s.page_views) AS page_views,
    avg(session_duration) AS avg_session_duration,
    quantileExactInclusive(0.5)(session_duration) AS median_session_duration,
    100 * countIf(s.page_views = 1) / nullIf(countIf(s.page_views >= 1), 0) AS bounce_rate,
    100 * countIf(conversion_events > 0) / count() AS conversion_rate
FROM user_sessions AS s
WHERE NOT is_bot
GROUP BY
    date,
    device_type
{{one_meaning}}
COMMENT {{comment}};
