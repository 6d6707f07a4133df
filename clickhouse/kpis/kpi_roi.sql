-- title: Return on investment by month
-- unit: money in the setting CURRENCY; percent; counts
-- definition: salary_increase: sum of the increases that verified income events of the month tell of, of people with an application from a recommendation (of any status, at any time), where positive;
--   an increase is the salary minus the event's previous_salary, else minus the person's salary known before in the same currency. cost: of all processing in the month, as given, else
--   duration * the setting COST_PER_PROCESSING_SECOND. roi_percentage: (salary_increase - cost) / cost. successful_outcomes: distinct applications with an accepted offer, in the month their recommendation was
--   made (its cohort). cost_per_success: cost / successful_outcomes. other_currency: increases of the same kind in other currencies than that, not in salary_increase.
-- grain: month
-- needs: income_tracking, processing_metrics, job_recommendations, application_outcomes, user_sessions
CREATE VIEW kpi_roi AS
WITH
    applications AS
    (
    {{applications}}
    ),
    salaries AS
    (
    {{salaries}}
    ),
    facts AS
    (
        SELECT
            toStartOfMonth(s.timestamp) AS month,
            sumIf(assumeNotNull(s.salary - s.salary_before), s.currency = '{{currency}}') AS increase,
            countIf(s.currency != '{{currency}}') AS other_increases,
            0. AS cost,
            0 AS runs,
            0 AS accepted
        FROM salaries AS s
        WHERE s.verified AND s.salary > s.salary_before AND s.person != '' AND s.person IN (SELECT person FROM applications)
        GROUP BY month
        UNION ALL
        SELECT toStartOfMonth(p.timestamp) AS month, 0., 0, sum(ifNull(p.cost, p.duration * {{cost_per_processing_second}})), count(), 0
        FROM processing_metrics AS p
        WHERE NOT p.is_bot AND p.session_id NOT IN ({{robot_sessions}})
        GROUP BY month
        UNION ALL
        SELECT toStartOfMonth(a.made_at) AS month, 0., 0, 0., 0, count()
        FROM applications AS a
        WHERE a.is_accepted
        GROUP BY month
    )
SELECT
    f.month AS month,
    sum(f.increase) AS salary_increase,
    sum(f.cost) AS cost,
    100 * (salary_increase - cost) / nullIf(cost, 0) AS roi_percentage,
    sum(f.accepted) AS successful_outcomes,
    if(sum(f.runs) = 0, NULL, cost / nullIf(successful_outcomes, 0)) AS cost_per_success,
    sum(f.other_increases) AS other_currency
FROM facts AS f
GROUP BY month
{{one_meaning}}
COMMENT {{comment}};
