-- title: Goals by type
-- unit: counts; percent
-- definition: The latest event of a goal_id is its state, in all fields. completed: its achievement_percentage is at least 100 or its achieved_date is set.
--   completion_rate: completed / goals. avg_achievement: mean achievement_percentage of the goals whose state has one. on_time_rate: completed on or before the UTC day of
--   target_date / completed goals that have a target_date; completed on achieved_date, else when the goal was first told to be complete without being taken back later.
-- grain: goal_type
-- needs: goal_achievement, user_sessions
CREATE VIEW kpi_goals AS
WITH
    reports AS
    (
        SELECT
            g.goal_id AS goal_id,
            g.goal_type AS goal_type,
            g.timestamp AS timestamp,
            toUInt128(g.event_id) AS id_order,
            g.target_date AS target_date,
            g.achieved_date AS achieved_date,
            g.achievement_percentage AS achievement_percentage,
            ifNull(g.achievement_percentage >= 100, 0) OR g.achieved_date IS NOT NULL AS is_complete,
            -- The last report that the goal was open: it was completed by the first one after that.
            maxIf((timestamp, id_order), NOT is_complete) OVER (PARTITION BY goal_id) AS last_open
        FROM goal_achievement AS g
        WHERE NOT g.is_bot AND g.session_id NOT IN ({{robot_sessions}})
    ),
    states AS
    (
        SELECT
            r.goal_id AS goal_id,
            argMax(r.goal_type, (r.timestamp, r.id_order)) AS goal_type,
            argMax(r.is_complete, (r.timestamp, r.id_order)) AS is_complete,
            -- In a tuple, because argMax passes over NULLs, and the latest report may have none.
            tupleElement(argMax(tuple(r.achievement_percentage), (r.timestamp, r.id_order)), 1) AS achievement_percentage,
            toDate32(tupleElement(argMax(tuple(r.target_date), (r.timestamp, r.id_order)), 1)) AS target_day,
            tupleElement(argMax(tuple(r.achieved_date), (r.timestamp, r.id_order)), 1) AS achieved_date,
            toDate32(ifNull(achieved_date, minIf(r.timestamp, (r.timestamp, r.id_order) > r.last_open))) AS completed_day
        FROM reports AS r
        GROUP BY goal_id
    )
SELECT
    s.goal_type AS goal_type,
    count() AS goals,
    countIf(s.is_complete) AS completed,
    100 * completed / goals AS completion_rate,
    avg(s.achievement_percentage) AS avg_achievement,
    100 * countIf(s.is_complete AND s.completed_day <= s.target_day) / nullIf(countIf(s.is_complete AND s.target_day IS NOT NULL), 0) AS on_time_rate
FROM states AS s
GROUP BY goal_type
{{one_meaning}}
COMMENT {{comment}};
