-- title: Applications from recommendations
-- definition: One row an application_id that names a recommendation which was made; others wait for theirs. made_at: of the recommendation, the earliest if it names several.
--   A stage once reached stays reached: whatever came of an application was submitted before, but one that was only started, or withdrawn and nothing else, was not.
--   The person is the latest one its events name (user_id, else the session's person, else anonymous_id), else the one the recommendation was made for.
SELECT
        a.application_id AS application_id,
        min(m.made_at) AS made_at,
        max(a.timestamp) AS last_event,
        min(a.timestamp) AS first_event,
        argMaxIf(a.named_person, (a.timestamp, a.id_order), a.named_person != '') AS last_named,
        if(last_named != '', last_named, argMin(m.person, (m.made_at, m.recommendation_id))) AS person,
        countIf(a.application_status NOT IN ('started', 'withdrawn')) > 0 AS is_submitted,
        countIf(a.application_status = 'offer_accepted') > 0 AS is_accepted
    FROM
    (
        SELECT
            o.recommendation_id AS recommendation_id,
            o.application_id AS application_id,
            o.application_status AS application_status,
            o.timestamp AS timestamp,
            toUInt128(o.event_id) AS id_order,
            multiIf(o.user_id != '', o.user_id, s.user_id != '', s.user_id, o.anonymous_id) AS named_person
        FROM application_outcomes AS o
        LEFT JOIN (SELECT session_id, user_id FROM user_sessions WHERE session_id IN (SELECT session_id FROM application_outcomes)) AS s ON s.session_id = o.session_id
        WHERE NOT o.is_bot AND o.session_id NOT IN ({{robot_sessions}})
    ) AS a
    -- Asked for by name, they need not be made of all recommendations once more.
    INNER JOIN
    (
        SELECT *
        FROM
        (
        {{recommendation_people}}
        )
        WHERE recommendation_id IN (SELECT recommendation_id FROM application_outcomes)
    ) AS m ON m.recommendation_id = a.recommendation_id
    GROUP BY application_id
