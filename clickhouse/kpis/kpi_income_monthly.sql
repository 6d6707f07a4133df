-- title: Changes of income by month and source
-- unit: counts; money a year, in the setting CURRENCY; percent
-- definition: By the month and source of income events. users: people whose salary became known, in any currency. A change is the salary minus the event's
--   previous_salary, else minus the person's salary known before in the same currency; an event with neither tells of no change. Averages and median are over
--   all changes in the setting CURRENCY, those downwards and those of 0 too; percentages are of the salary before, left out where that is 0. positive_change_rate: changes
--   upwards / changes. other_currency: income events in other currencies, outside all money columns. source is empty where not said.
-- grain: month, source
-- needs: income_tracking, user_sessions
CREATE VIEW kpi_income_monthly AS
WITH
    salaries AS
    (
    {{salaries}}
    ),
    changes AS
    (
        SELECT
            toStartOfMonth(s.timestamp) AS month,
            s.source AS source,
            s.person AS person,
            s.currency = '{{currency}}' AS is_ours,
            s.salary - s.salary_before AS increase,
            100 * increase / nullIf(s.salary_before, 0) AS percentage
        FROM salaries AS s
    )
SELECT
    c.month AS month,
    c.source AS source,
    uniqExactIf(c.person, c.person != '') AS users,
    avgIf(c.increase, c.is_ours) AS avg_salary_increase,
    avgIf(c.percentage, c.is_ours) AS avg_increase_percentage,
    quantileExactInclusiveIf(0.5)(c.percentage, c.is_ours) AS median_increase_percentage,
    100 * countIf(c.is_ours AND c.increase > 0) / nullIf(countIf(c.is_ours AND c.increase IS NOT NULL), 0) AS positive_change_rate,
    countIf(NOT c.is_ours) AS other_currency
FROM changes AS c
GROUP BY
    month,
    source
{{one_meaning}}
COMMENT {{comment}};
