-- title: Recommendations by tier over a range of cohorts
-- unit: counts; percent; money a year; seconds; 1 to 5
-- definition: The columns of kpi_recommendations_daily over the recommendations made from start to end, both days included. SELECT * FROM kpi_recommendation_tiers(start = '2026-11-01', end = '2026-11-30').
-- grain: tier
-- needs: recommendation_states
CREATE VIEW kpi_recommendation_tiers AS
SELECT
    made.tier AS tier,
    {{recommendation_columns}}
FROM
(
    {{recommendations}}
)
WHERE toDate(made_at) BETWEEN {start:Date} AND {end:Date}
GROUP BY tier
{{one_meaning}}
COMMENT {{comment}};
