-- title: Salaries that became known, each with the one before it
-- definition: One row an income event. salary_before: the event's own previous_salary, else the person's salary known before it in
--   the same currency, whoever said so; NULL where neither is known. The person is the user_id the event names, else the person
--   of the session it names, else its anonymous_id. A currency that was not said is the setting's.
SELECT
        i.timestamp AS timestamp,
        toUInt128(i.event_id) AS id_order,
        multiIf(i.user_id != '', i.user_id, s.user_id != '', s.user_id, i.anonymous_id) AS person,
        if(i.currency = '', '{{currency}}', toString(i.currency)) AS currency,
        i.source AS source,
        ifNull(i.verified, false) AS verified,
        i.current_salary AS salary,
        lagInFrame(toNullable(i.current_salary)) OVER (PARTITION BY person, currency ORDER BY timestamp, id_order ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS known_before,
        coalesce(i.previous_salary, if(person = '', NULL, known_before)) AS salary_before
    FROM income_tracking AS i
    LEFT JOIN (SELECT session_id, user_id FROM user_sessions WHERE session_id IN (SELECT session_id FROM income_tracking)) AS s ON s.session_id = i.session_id
    WHERE NOT i.is_bot AND i.session_id NOT IN ({{robot_sessions}})
