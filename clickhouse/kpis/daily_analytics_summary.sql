-- title: Summary of each day
-- unit: counts; seconds; percent; 1 to 5; milliseconds
-- definition: Days on which anything was counted. total_users: people first active on that day or before; new_users: people whose first session started that day; active_users: people with any activity of theirs
--   that day. total_sessions, avg_session_duration and conversion_rate (sessions with a conversion / sessions): of sessions that started that day. resume_uploads: upload_completed events.
--   recommendations_generated: distinct recommendations made that day; to the day their recommendation was made (its cohort) belong applications_started: distinct applications of any status,
--   applications_completed: those that were submitted or came further, and successful_outcomes: those with an accepted offer. satisfaction_avg: mean rating of that day's feedback. error_rate
--   (status of 400 or more / requests) and avg_response_time: of that day's API calls.
-- grain: date
-- needs: user_sessions, resume_events, job_recommendations, application_outcomes, user_feedback, api_performance
CREATE VIEW daily_analytics_summary AS
WITH
    people AS
    (
    {{session_people}}
    ),
    recommended AS
    (
    {{recommendation_people}}
    ),
    applications AS
    (
    {{applications}}
    ),
    -- One row a day and source, with sums under names, so that nothing is joined and nothing can be counted twice.
    facts AS
    (
        SELECT
            date,
            map('active', toFloat64(count()), 'first_seen', toFloat64(countIf(date = first_day))) AS sums
        FROM
        (
            SELECT
                arrayDistinct(arrayFlatten(groupArray(p.days))) AS all_days,
                arrayMin(all_days) AS first_day
            FROM people AS p
            WHERE NOT p.is_bot AND p.person != '' AND notEmpty(p.days)
            GROUP BY p.person
        )
        ARRAY JOIN all_days AS date
        GROUP BY date
        UNION ALL
        SELECT
            toDate(first_start) AS date,
            map('newcomers', toFloat64(count()))
        FROM (SELECT min(session_start) AS first_start FROM user_sessions WHERE NOT is_bot AND user_id != '' GROUP BY user_id)
        GROUP BY date
        UNION ALL
        SELECT
            toDate(session_start) AS date,
            map('sessions', toFloat64(count()), 'converted', toFloat64(countIf(conversion_events > 0)), 'session_milliseconds', toFloat64(sum(dateDiff('millisecond', session_start, session_end))))
        FROM user_sessions
        WHERE NOT is_bot
        GROUP BY date
        UNION ALL
        SELECT
            toDate(timestamp) AS date,
            map('uploads', toFloat64(count()))
        FROM resume_events
        WHERE event_type = 'upload_completed' AND NOT is_bot AND session_id NOT IN ({{robot_sessions}})
        GROUP BY date
        UNION ALL
        SELECT
            toDate(made_at) AS date,
            map('recommendations', toFloat64(count()))
        FROM recommended
        GROUP BY date
        UNION ALL
        SELECT
            toDate(made_at) AS date,
            map('started', toFloat64(count()), 'submitted', toFloat64(countIf(is_submitted)), 'accepted', toFloat64(countIf(is_accepted)))
        FROM applications
        GROUP BY date
        UNION ALL
        SELECT
            toDate(timestamp) AS date,
            map('ratings', toFloat64(count()), 'ratings_sum', sum(assumeNotNull(rating)))
        FROM user_feedback
        WHERE rating IS NOT NULL AND NOT is_bot AND session_id NOT IN ({{robot_sessions}})
        GROUP BY date
        UNION ALL
        SELECT
            -- By way of the hour, as the table's projection has it: then no row of it has to be read.
            toDate(toStartOfHour(timestamp)) AS date,
            map('requests', toFloat64(count()), 'failures', toFloat64(countIf(status_code >= 400)), 'response_milliseconds', sum(response_time))
        FROM api_performance
        WHERE NOT is_bot AND session_id NOT IN ({{robot_sessions}})
        GROUP BY date
    ),
    days AS
    (
        SELECT
            f.date AS date,
            sumMap(f.sums) AS sums
        FROM facts AS f
        GROUP BY date
    )
SELECT
    d.date AS date,
    toUInt64(sum(d.sums['first_seen']) OVER (ORDER BY d.date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS total_users,
    toUInt64(d.sums['newcomers']) AS new_users,
    toUInt64(d.sums['active']) AS active_users,
    toUInt64(d.sums['sessions']) AS total_sessions,
    toUInt64(d.sums['uploads']) AS resume_uploads,
    toUInt64(d.sums['recommendations']) AS recommendations_generated,
    toUInt64(d.sums['started']) AS applications_started,
    toUInt64(d.sums['submitted']) AS applications_completed,
    toUInt64(d.sums['accepted']) AS successful_outcomes,
    d.sums['session_milliseconds'] / 1000 / nullIf(d.sums['sessions'], 0) AS avg_session_duration,
    100 * d.sums['converted'] / nullIf(d.sums['sessions'], 0) AS conversion_rate,
    d.sums['ratings_sum'] / nullIf(d.sums['ratings'], 0) AS satisfaction_avg,
    100 * d.sums['failures'] / nullIf(d.sums['requests'], 0) AS error_rate,
    d.sums['response_milliseconds'] / nullIf(d.sums['requests'], 0) AS avg_response_time
FROM days AS d
{{one_meaning}}
COMMENT {{comment}};
