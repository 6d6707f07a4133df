-- title: Engagement of each person over the last 30 days
-- unit: counts; minutes; percent; score 0 to 100
-- definition: Sessions started and features used in the last 30 days. engagement_score = clamp(min(10 * sessions, 40) + min(5 * avg_session_minutes, 20) + 0.2 * conversion_rate + min(2 * features_used, 20) - 0.2 * max(0, bounce_rate - 50), 0, 100).
-- grain: user_id
-- needs: user_sessions, feature_usage
CREATE VIEW kpi_user_engagement AS
WITH
    people AS
    (
    {{session_people}}
    ),
    visits AS
    (
        SELECT
            user_id,
            count() AS sessions,
            avg(session_duration) / 60 AS avg_session_minutes,
            100 * countIf(conversion_events > 0) / count() AS conversion_rate,
            100 * countIf(page_views = 1) / nullIf(countIf(page_views >= 1), 0) AS bounce_rate
        FROM user_sessions
        WHERE NOT is_bot AND user_id != '' AND session_start >= now('UTC') - INTERVAL 30 DAY
        GROUP BY user_id
    ),
    features AS
    (
        SELECT
            if(f.session_id != '', p.person, if(f.user_id != '', f.user_id, f.anonymous_id)) AS user_id,
            uniqExact(f.feature_name) AS features_used
        FROM feature_usage AS f
        LEFT JOIN (SELECT session_id, person, is_bot FROM people WHERE session_id != '') AS p ON p.session_id = f.session_id
        WHERE NOT f.is_bot AND NOT p.is_bot AND f.timestamp >= now('UTC') - INTERVAL 30 DAY
        GROUP BY user_id
        HAVING user_id != ''
    )
SELECT
    user_id,
    visits.sessions AS sessions,
    if(sessions = 0, NULL, visits.avg_session_minutes) AS avg_session_minutes,
    if(sessions = 0, NULL, visits.conversion_rate) AS conversion_rate,
    features.features_used AS features_used,
    visits.bounce_rate AS bounce_rate,
    greatest(0, least(100,
        least(10 * sessions, 40)
        + least(5 * ifNull(avg_session_minutes, 0), 20)
        + 0.2 * ifNull(conversion_rate, 0)
        + least(2 * features_used, 20)
        - 0.2 * greatest(0, ifNull(bounce_rate, 0) - 50))) AS engagement_score
FROM visits
FULL OUTER JOIN features USING (user_id)
{{one_meaning}}
COMMENT {{comment}};
