-- title: Rates of recommendations at equal age
-- unit: counts; percent
-- definition: The rates of kpi_recommendations_daily as they stood 7, 14, 30, 60 and 90 days after each recommendation was made, by the week (Monday) it was made. NULL where the youngest recommendation of the week can still be younger: rates of unequal age are never compared.
-- grain: cohort_week, tier, days_since
-- needs: recommendation_states
CREATE VIEW kpi_recommendation_maturity AS
WITH made_recommendations AS
    (
    {{recommendations}}
    )
SELECT
    toMonday(made_at) AS cohort_week,
    made.tier AS tier,
    days_since,
    count() AS recommendations,
    toDateTime64(cohort_week, 3, 'UTC') + INTERVAL 7 DAY + toIntervalDay(days_since) <= now64(3, 'UTC') AS is_mature,
    if(is_mature, 100 * countIf(viewed_at <= until OR clicked_at <= until) / count(), NULL) AS engagement_rate,
    if(is_mature, 100 * countIf(clicked_at <= until) / nullIf(countIf(viewed_at <= until), 0), NULL) AS click_through_rate,
    if(is_mature, 100 * countIf(applied_at <= until) / count(), NULL) AS conversion_rate,
    if(is_mature, 100 * countIf(interviewed_at <= until) / nullIf(countIf(applied_at <= until), 0), NULL) AS interview_rate,
    if(is_mature, 100 * countIf(offered_at <= until) / nullIf(countIf(applied_at <= until), 0), NULL) AS success_rate,
    if(is_mature, 100 * countIf(accepted_at <= until) / nullIf(countIf(offered_at <= until), 0), NULL) AS acceptance_rate
FROM
(
    SELECT
        *,
        arrayJoin([7, 14, 30, 60, 90]) AS days_since,
        made_at + toIntervalDay(days_since) AS until
    FROM made_recommendations
)
GROUP BY
    cohort_week,
    tier,
    days_since
{{one_meaning}}
COMMENT {{comment}};
