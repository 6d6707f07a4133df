-- title: Steps in careers by month
-- unit: counts; percent
-- definition: By the month of the event. active_users: people with any activity of theirs on the site, or any career step, in the month; steps are often
--   reported of people who no longer visit. advancement_rate: people with a promotion or a role change / active_users. All other columns are counts of
--   events of that advancement_type. A person is the user_id an event names, else the session's person.
-- grain: month
-- needs: career_advancement, user_sessions
CREATE VIEW kpi_career_monthly AS
WITH
    people AS
    (
    {{session_people}}
    ),
    steps AS
    (
        SELECT
            toStartOfMonth(a.timestamp) AS month,
            multiIf(a.user_id != '', a.user_id, p.person != '', p.person, a.anonymous_id) AS person,
            toString(a.advancement_type) AS step
        FROM career_advancement AS a
        LEFT JOIN (SELECT session_id, person FROM people WHERE session_id != '') AS p ON p.session_id = a.session_id
        WHERE NOT a.is_bot AND a.session_id NOT IN ({{robot_sessions}})
    ),
    everything AS
    (
        SELECT month, person, step
        FROM steps
        UNION ALL
        SELECT DISTINCT
            toStartOfMonth(day) AS month,
            person,
            '' AS step
        FROM people
        ARRAY JOIN days AS day
        WHERE NOT is_bot AND person != ''
    )
SELECT
    e.month AS month,
    uniqExactIf(e.person, e.person != '') AS active_users,
    countIf(e.step = 'promotion') AS promotions,
    countIf(e.step = 'role_change') AS role_changes,
    100 * uniqExactIf(e.person, e.person != '' AND e.step IN ('promotion', 'role_change')) / nullIf(active_users, 0) AS advancement_rate,
    countIf(e.step = 'salary_increase') AS salary_increases,
    countIf(e.step = 'skill_development') AS skill_developments,
    countIf(e.step = 'certification') AS certifications,
    countIf(e.step = 'education') AS education,
    countIf(e.step = 'networking') AS networking,
    countIf(e.step = 'mentorship') AS mentorships
FROM everything AS e
GROUP BY month
{{one_meaning}}
COMMENT {{comment}};
