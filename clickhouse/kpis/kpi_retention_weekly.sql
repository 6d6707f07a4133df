-- title: Weekly retention by cohort
-- unit: counts; percent
-- definition: A cohort is the people whose first session started in the week (Monday to Sunday, UTC). users: its size. retained: those of them who started a session in
--   the week that many weeks later; week 0 is the first one itself, so all are. Every week that has begun has a row; the present one is still filling.
-- grain: cohort_week, weeks_since
-- needs: user_sessions
CREATE VIEW kpi_retention_weekly AS
WITH
    people AS
    (
        SELECT
            user_id,
            groupUniqArray(toMonday(toDate(session_start))) AS weeks,
            arrayMin(weeks) AS cohort_week
        FROM user_sessions
        WHERE NOT is_bot AND user_id != ''
        GROUP BY user_id
    ),
    cohorts AS
    (
        SELECT
            cohort_week,
            count() AS users
        FROM people
        GROUP BY cohort_week
    ),
    returns AS
    (
        SELECT
            cohort_week,
            week,
            count() AS retained
        FROM people
        ARRAY JOIN weeks AS week
        GROUP BY
            cohort_week,
            week
    ),
    begun AS
    (
        SELECT
            cohort_week,
            users,
            toUInt32(weeks_since) AS weeks_since,
            cohort_week + toIntervalWeek(weeks_since) AS week
        FROM cohorts
        ARRAY JOIN range(toUInt64(greatest(0, dateDiff('day', cohort_week, toMonday(toDate(now('UTC')))) / 7 + 1))) AS weeks_since
    )
SELECT
    b.cohort_week AS cohort_week,
    b.weeks_since AS weeks_since,
    b.users AS users,
    r.retained AS retained,
    100 * r.retained / b.users AS retention_rate
FROM begun AS b
LEFT JOIN returns AS r ON r.cohort_week = b.cohort_week AND r.week = b.week
{{one_meaning}}
COMMENT {{comment}};
