-- title: Runs of processes by hour
-- unit: counts; seconds; percent; money
-- definition: Runs by the hour of their event. failure_rate: runs that did not succeed / runs. cost: what the events say, else duration times the setting COST_PER_PROCESSING_SECOND; in the setting CURRENCY.
-- grain: hour, process_name
-- needs: processing_metrics, user_sessions
CREATE VIEW kpi_processing_hourly AS
SELECT
    toStartOfHour(timestamp) AS hour,
    r.process_name AS process_name,
    count() AS runs,
    avg(r.duration) AS avg_duration,
    quantileExactInclusive(0.95)(r.duration) AS p95_duration,
    100 * countIf(NOT r.success) / runs AS failure_rate,
    sum(ifNull(r.cost, r.duration * {{cost_per_processing_second}})) AS cost
FROM processing_metrics AS r
WHERE NOT is_bot AND session_id NOT IN ({{robot_sessions}})
GROUP BY
    process_name,
    hour
-- The rows lie in this order: read group after group, no more than one group's durations are in memory.
{{one_meaning}},
    optimize_aggregation_in_order = 1
COMMENT {{comment}};
