-- title: Who was active in which session, on which days
-- definition: One row a session, or a visitor without one, with the person it is counted for.
SELECT
        session_id,
        visitor,
        multiIf(visitor != '', visitor, argMaxMerge(s.user_id) != '', argMaxMerge(s.user_id), argMaxMerge(s.anonymous_id)) AS person,
        groupUniqArrayIf(day, first_time IS NOT NULL) AS days,
        max(s.is_bot) = 1 AS is_bot
    FROM session_states AS s
    GROUP BY
        session_id,
        visitor
