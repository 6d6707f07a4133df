-- title: Income of each person
-- unit: money a year, in the row's currency; percent
-- definition: Money never mixes: each person is shown in the currency of their latest salary (not said: the setting's), and salaries in
--   other currencies are left out. current_salary: the latest; first_salary: the earliest known, which is the previous_salary of the earliest event
--   where it names one, else its current_salary. salary_increase: current_salary - first_salary. increase_percentage: of first_salary,
--   NULL where that is 0. verified: the latest salary was verified (not said: it was not). A person is the user_id an event names, else the session's person.
-- grain: user_id
-- needs: income_tracking, user_sessions
CREATE VIEW kpi_income AS
WITH
    salaries AS
    (
    {{salaries}}
    ),
    by_currency AS
    (
        SELECT
            s.person AS user_id,
            s.currency AS currency,
            argMin(ifNull(s.salary_before, s.salary), (s.timestamp, s.id_order)) AS first_salary,
            argMax(s.salary, (s.timestamp, s.id_order)) AS current_salary,
            argMax(s.verified, (s.timestamp, s.id_order)) AS verified,
            max((s.timestamp, s.id_order)) AS latest
        FROM salaries AS s
        WHERE s.person != ''
        GROUP BY
            user_id,
            currency
    )
SELECT
    c.user_id AS user_id,
    argMax(c.first_salary, c.latest) AS first_salary,
    argMax(c.current_salary, c.latest) AS current_salary,
    current_salary - first_salary AS salary_increase,
    100 * salary_increase / nullIf(first_salary, 0) AS increase_percentage,
    argMax(c.verified, c.latest) AS verified,
    argMax(c.currency, c.latest) AS currency
FROM by_currency AS c
GROUP BY user_id
{{one_meaning}}
COMMENT {{comment}};
