-- title: Recommendations that were made, and for whom
-- definition: One row a recommendation_id; of several events with one id the earliest stands. The person is the session's, else the user_id or anonymous_id of the event.
SELECT
        r.recommendation_id AS recommendation_id,
        min(r.timestamp) AS made_at,
        argMin(multiIf(s.user_id != '', s.user_id, r.user_id != '', r.user_id, r.anonymous_id), (r.timestamp, toUInt128(r.event_id))) AS person
    FROM job_recommendations AS r
    LEFT JOIN (SELECT session_id, user_id FROM user_sessions WHERE session_id IN (SELECT session_id FROM job_recommendations)) AS s ON s.session_id = r.session_id
    WHERE NOT r.is_bot AND r.session_id NOT IN ({{robot_sessions}})
    GROUP BY recommendation_id
