-- title: Errors by hour, type and severity
-- unit: counts
-- definition: Errors by the hour they happened. users: distinct people who met one (an error in a session is the session's user's); errors of nobody we know count as errors only. fingerprint: of the commonest fault among them; of equally common ones, the smallest.
-- grain: hour, error_type, severity
-- needs: error_logs, user_sessions
CREATE VIEW kpi_errors_hourly AS
WITH
    people AS
    (
    {{session_people}}
    ),
    faults AS
    (
        SELECT
            toStartOfHour(e.timestamp) AS hour,
            e.error_type AS error_type,
            e.severity AS severity,
            e.fingerprint AS fingerprint,
            count() AS times,
            uniqExactStateIf(if(e.session_id != '', p.person, if(e.user_id != '', e.user_id, e.anonymous_id)) AS person, person != '') AS people_hit
        FROM error_logs AS e
        LEFT JOIN
        (
            SELECT session_id, person, is_bot
            FROM people
            WHERE session_id != '' AND session_id IN (SELECT session_id FROM error_logs)
        ) AS p ON p.session_id = e.session_id
        WHERE NOT e.is_bot AND NOT p.is_bot
        GROUP BY
            hour,
            error_type,
            severity,
            fingerprint
    )
SELECT
    f.hour AS hour,
    f.error_type AS error_type,
    f.severity AS severity,
    sum(f.times) AS errors,
    uniqExactMerge(f.people_hit) AS users,
    argMin(f.fingerprint, (-toInt64(f.times), f.fingerprint)) AS fingerprint
FROM faults AS f
GROUP BY
    hour,
    error_type,
    severity
{{one_meaning}}
COMMENT {{comment}};
