-- title: Core Web Vitals by day and page
-- unit: counts; milliseconds (CLS: none); percent
-- definition: p75: three of four page views were at most this. good_rate: samples rated good / samples.
-- grain: date, page_path, metric
-- needs: web_vitals, user_sessions
CREATE VIEW kpi_web_vitals_daily AS
SELECT
    toDate(timestamp) AS date,
    v.page_path AS page_path,
    v.metric AS metric,
    count() AS samples,
    quantileExactInclusive(0.75)(value) AS p75,
    100 * countIf(rating = 'good') / count() AS good_rate
FROM web_vitals AS v
WHERE NOT is_bot AND session_id NOT IN ({{robot_sessions}})
GROUP BY
    date,
    page_path,
    metric
{{one_meaning}}
COMMENT {{comment}};
