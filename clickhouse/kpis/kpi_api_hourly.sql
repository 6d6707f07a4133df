-- title: Requests by hour, endpoint and method
-- unit: counts; milliseconds; percent
-- definition: Requests that servers answered, by the hour they happened. p50, p95, p99: so many percent of the requests took at most this long (exact; between two requests, in proportion). error_rate: status 400 and above; server_error_rate: status 500 and above; slow_rate: longer than the setting MAX_RESPONSE_TIME; each of all requests.
-- grain: hour, endpoint, method
-- needs: api_performance, user_sessions
-- Answered from the projection by_hour of the table: every function of a column here stands there too. Parts without it are
-- read in the order they lie in, group after group, so that no more than one group's times are in memory.
CREATE VIEW kpi_api_hourly AS
SELECT
    toStartOfHour(timestamp) AS hour,
    a.endpoint AS endpoint,
    a.method AS method,
    count() AS requests,
    sum(response_time) / requests AS avg_response_time,
    quantilesExactInclusive(0.5, 0.95, 0.99)(response_time)[1] AS p50,
    quantilesExactInclusive(0.5, 0.95, 0.99)(response_time)[2] AS p95,
    quantilesExactInclusive(0.5, 0.95, 0.99)(response_time)[3] AS p99,
    max(response_time) AS max,
    100 * countIf(status_code >= 400) / requests AS error_rate,
    100 * countIf(status_code >= 500) / requests AS server_error_rate,
    100 * countIf(response_time > {{max_response_time}}) / requests AS slow_rate
FROM api_performance AS a
WHERE NOT is_bot AND session_id NOT IN ({{robot_sessions}})
GROUP BY
    endpoint,
    method,
    hour
{{one_meaning}},
    optimize_aggregation_in_order = 1
COMMENT {{comment}};
