-- title: Feature adoption by day
-- unit: counts; percent; seconds; 1 to 5
-- definition: users: distinct people who used the feature that day (a session's events count for the session's user). adoption_rate: users of it / people active that day (with any event of theirs). success_rate, avg_time_spent, avg_satisfaction: over the uses that say so.
-- grain: date, feature_name
-- needs: user_sessions, feature_usage
CREATE VIEW kpi_feature_adoption AS
WITH
    people AS
    (
    {{session_people}}
    ),
    active AS
    (
        SELECT
            date,
            uniqExact(person) AS active_users
        FROM people
        ARRAY JOIN days AS date
        WHERE NOT is_bot AND person != ''
        GROUP BY date
    ),
    uses AS
    (
        SELECT
            toDate(f.timestamp) AS date,
            f.feature_name AS feature_name,
            if(f.session_id != '', p.person, if(f.user_id != '', f.user_id, f.anonymous_id)) AS person,
            f.time_spent AS time_spent,
            f.success AS success,
            f.satisfaction_score AS satisfaction_score
        FROM feature_usage AS f
        LEFT JOIN (SELECT session_id, person, is_bot FROM people WHERE session_id != '') AS p ON p.session_id = f.session_id
        WHERE NOT f.is_bot AND NOT p.is_bot
    ),
    adoption AS
    (
        SELECT
            date,
            feature_name,
            uniqExactIf(person, person != '') AS users,
            count() AS uses,
            avg(time_spent) AS avg_time_spent,
            100 * countIf(success) / nullIf(count(success), 0) AS success_rate,
            avg(satisfaction_score) AS avg_satisfaction
        FROM uses
        GROUP BY
            date,
            feature_name
    )
SELECT
    adoption.date AS date,
    adoption.feature_name AS feature_name,
    adoption.users AS users,
    adoption.uses AS uses,
    100 * adoption.users / nullIf(active.active_users, 0) AS adoption_rate,
    adoption.avg_time_spent AS avg_time_spent,
    adoption.success_rate AS success_rate,
    adoption.avg_satisfaction AS avg_satisfaction
FROM adoption
LEFT JOIN active ON active.date = adoption.date
{{one_meaning}}
COMMENT {{comment}};
