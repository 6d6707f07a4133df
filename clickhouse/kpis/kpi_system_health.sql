-- title: Health of the system now
-- unit: percent; milliseconds; score 0 to 100
-- definition: The last 5 minutes, always one row. cpu_usage, memory_usage: the average of all samples of all hosts. error_rate: requests with status 400 and above / requests; p95_response_time: of those requests. status: critical where cpu > 90 or memory > 95 or error_rate > 10; warning > 80, 85, 5; degraded > 70, 75, 2; else healthy. health_score: 100 * (1 - the worst of the four, each from 0 at its degraded threshold to 1 at its critical one; response time from 2,000 to 4,000 ms). What is NULL (no sample, no request) counts for neither; where nothing at all is known, status and score are NULL: silence is not health.
-- grain: now
-- needs: system_resources, api_performance, user_sessions
-- The thresholds are the definition's own. An event may be up to 5 minutes ahead of our clock: it counts as now. So what was
-- received more than 10 minutes ago cannot be of the last 5, which spares all partitions but the latest.
CREATE VIEW kpi_system_health AS
WITH
    hosts AS
    (
        SELECT
            avgOrNull(s.cpu_usage) AS cpu_usage,
            avgOrNull(s.memory_usage) AS memory_usage
        FROM system_resources AS s
        WHERE timestamp >= now64(3, 'UTC') - INTERVAL 5 MINUTE AND received_at >= now64(3, 'UTC') - INTERVAL 10 MINUTE
            AND NOT is_bot AND session_id NOT IN ({{robot_sessions}})
    ),
    requests AS
    (
        SELECT
            100 * countIf(status_code >= 400) / nullIf(count(), 0) AS error_rate,
            quantileExactInclusiveOrNull(0.95)(response_time) AS p95_response_time
        FROM api_performance
        WHERE timestamp >= now64(3, 'UTC') - INTERVAL 5 MINUTE AND received_at >= now64(3, 'UTC') - INTERVAL 10 MINUTE
            AND NOT is_bot AND session_id NOT IN ({{robot_sessions}})
    ),
    -- -1 where it is not known, so that it is never the worst.
    ifNull((cpu_usage - 70) / (90 - 70), -1) AS cpu_strain,
    ifNull((memory_usage - 75) / (95 - 75), -1) AS memory_strain,
    ifNull((error_rate - 2) / (10 - 2), -1) AS error_strain,
    ifNull((p95_response_time - 2000) / (4000 - 2000), -1) AS response_strain,
    greatest(cpu_strain, memory_strain, error_strain, response_strain) AS worst_strain,
    cpu_usage IS NULL AND memory_usage IS NULL AND error_rate IS NULL AND p95_response_time IS NULL AS is_unknown
SELECT
    hosts.cpu_usage AS cpu_usage,
    hosts.memory_usage AS memory_usage,
    requests.error_rate AS error_rate,
    requests.p95_response_time AS p95_response_time,
    multiIf(
        is_unknown, NULL,
        ifNull(cpu_usage > 90, 0) OR ifNull(memory_usage > 95, 0) OR ifNull(error_rate > 10, 0), 'critical',
        ifNull(cpu_usage > 80, 0) OR ifNull(memory_usage > 85, 0) OR ifNull(error_rate > 5, 0), 'warning',
        ifNull(cpu_usage > 70, 0) OR ifNull(memory_usage > 75, 0) OR ifNull(error_rate > 2, 0), 'degraded',
        'healthy') AS status,
    if(is_unknown, NULL, 100 * (1 - greatest(0, least(1, worst_strain)))) AS health_score
FROM hosts
CROSS JOIN requests
{{one_meaning}},
    empty_result_for_aggregation_by_empty_set = 0
COMMENT {{comment}};
