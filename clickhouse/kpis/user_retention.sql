-- title: Retention of each person
-- unit: counts; seconds; 1 to 5; scores
-- definition: Everybody who was ever active, or whom a recommendation or an application names. registration_date: UTC day they were first seen. last_activity: latest event of a session of
--   theirs, or of theirs without a session; for whom there is none, the latest recommendation or application. total_time_spent: summed duration of the sessions. applications_submitted:
--   distinct applications that were submitted or came further; successful_outcomes: those with an accepted offer; each from a recommendation that was made. satisfaction_avg: mean rating of their
--   feedback. engagement_score: as kpi_user_engagement has it for the last 30 days, 0 for whom it has none. churn_risk_score = min(100, inactivity + 0.3 * (100 - engagement_score) + frequency):
--   inactivity 80, 60, 40 or 0 for more than 30, 14, 7 or no more days (of 24 hours, with fractions) since last_activity; frequency 30 if those days / total_sessions > 7, else 0, but 50 with no
--   session. lifetime_value = (1000 * successful_outcomes + min(10 * hours spent, 500)) * satisfaction_avg / 5, or * 1 without any rating.
-- grain: user_id
-- needs: user_sessions, kpi_user_engagement, job_recommendations, application_outcomes, user_feedback
CREATE VIEW user_retention AS
WITH
    recommended AS
    (
    {{recommendation_people}}
    ),
    applications AS
    (
    {{applications}}
    ),
    -- One row a person and source, so that nothing is joined and nothing can be counted twice.
    facts AS
    (
        SELECT
            user_id AS person,
            min(session_start) AS first_seen,
            toNullable(max(session_end)) AS last_active,
            last_active AS last_seen,
            count() AS sessions,
            sum(dateDiff('millisecond', session_start, session_end)) AS milliseconds,
            0 AS recommendations,
            0 AS submitted,
            0 AS accepted,
            0. AS ratings_sum,
            0 AS ratings,
            0. AS engagement
        FROM user_sessions
        WHERE NOT is_bot AND user_id != ''
        GROUP BY person
        UNION ALL
        SELECT visitor, assumeNotNull(min(first_time)), max(last_time), max(last_time), 0, 0, 0, 0, 0, 0., 0, 0.
        FROM session_states
        WHERE session_id = '' AND visitor != ''
        GROUP BY visitor
        UNION ALL
        SELECT person, min(made_at), NULL, max(made_at), 0, 0, count(), 0, 0, 0., 0, 0.
        FROM recommended
        WHERE person != ''
        GROUP BY person
        UNION ALL
        SELECT person, min(first_event), NULL, max(last_event), 0, 0, 0, countIf(is_submitted), countIf(is_accepted), 0., 0, 0.
        FROM applications
        WHERE person != ''
        GROUP BY person
        UNION ALL
        SELECT
            multiIf(s.user_id != '', s.user_id, f.user_id != '', f.user_id, f.anonymous_id) AS person, min(f.timestamp), NULL, max(f.timestamp), 0, 0, 0, 0, 0, sum(assumeNotNull(f.rating)), count(), 0.
        FROM user_feedback AS f
        LEFT JOIN (SELECT session_id, user_id FROM user_sessions WHERE session_id IN (SELECT session_id FROM user_feedback)) AS s ON s.session_id = f.session_id
        WHERE f.rating IS NOT NULL AND NOT f.is_bot AND f.session_id NOT IN ({{robot_sessions}})
        GROUP BY person
        HAVING person != ''
        UNION ALL
        SELECT user_id, now64(3, 'UTC'), NULL, NULL, 0, 0, 0, 0, 0, 0., 0, engagement_score
        FROM kpi_user_engagement
    ),
    people AS
    (
        SELECT
            f.person AS user_id,
            toDate(min(f.first_seen)) AS registration_date,
            assumeNotNull(coalesce(max(f.last_active), max(f.last_seen))) AS last_activity,
            dateDiff('millisecond', last_activity, now64(3, 'UTC')) / 86400000 AS idle_days,
            sum(f.sessions) AS total_sessions,
            sum(f.milliseconds) / 1000 AS total_time_spent,
            sum(f.recommendations) AS recommendations_received,
            sum(f.submitted) AS applications_submitted,
            sum(f.accepted) AS successful_outcomes,
            sum(f.ratings_sum) / nullIf(sum(f.ratings), 0) AS satisfaction_avg,
            max(f.engagement) AS engagement_score
        FROM facts AS f
        GROUP BY user_id
    )
SELECT
    user_id,
    registration_date,
    last_activity,
    total_sessions,
    total_time_spent,
    recommendations_received,
    applications_submitted,
    successful_outcomes,
    satisfaction_avg,
    engagement_score,
    {{churn_risk}} AS churn_risk_score,
    (1000 * successful_outcomes + least(10 * total_time_spent / 3600, 500)) * ifNull(satisfaction_avg / 5, 1) AS lifetime_value
FROM people
{{one_meaning}}
COMMENT {{comment}};
