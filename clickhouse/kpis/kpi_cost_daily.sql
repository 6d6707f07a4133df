-- title: Cost of processing by day, and what came of it
-- unit: money; counts; money each
-- definition: cost: of the day's runs of processes, what their events say, else duration times the setting COST_PER_PROCESSING_SECOND; in the setting CURRENCY. recommendations: distinct ones made that day (the earliest event of one id stands). applications, offers: distinct applications of these recommendations, whenever they come, of any status, and with offer_received, offer_accepted or offer_declined; an application of several recommendations belongs to the earliest. cost_per_recommendation, cost_per_application, cost_per_offer: the day's cost for each of these; NULL where there is none, or no run is known of that day.
-- grain: date
-- needs: processing_metrics, job_recommendations, application_outcomes, user_sessions
CREATE VIEW kpi_cost_daily AS
WITH
    spent AS
    (
        SELECT
            toDate(p.timestamp) AS date,
            count() AS runs,
            sum(ifNull(p.cost, p.duration * {{cost_per_processing_second}})) AS cost
        FROM processing_metrics AS p
        WHERE NOT p.is_bot AND p.session_id NOT IN ({{robot_sessions}})
        GROUP BY date
    ),
    cohort AS
    (
        SELECT
            recommendation_id,
            min(timestamp) AS made_at
        FROM job_recommendations
        WHERE NOT is_bot AND session_id NOT IN ({{robot_sessions}})
        GROUP BY recommendation_id
    ),
    applications AS
    (
        SELECT
            o.application_id AS application_id,
            min(cohort.made_at) AS made_at,
            max(o.is_offered) AS is_offered
        FROM
        (
            SELECT
                application_id,
                recommendation_id,
                max(application_status IN ('offer_received', 'offer_accepted', 'offer_declined')) AS is_offered
            FROM application_outcomes
            WHERE NOT is_bot AND session_id NOT IN ({{robot_sessions}})
            GROUP BY
                application_id,
                recommendation_id
        ) AS o
        -- Asked for by name, it need not be made of all recommendations once more.
        INNER JOIN (SELECT * FROM cohort WHERE recommendation_id IN (SELECT recommendation_id FROM application_outcomes)) AS cohort ON cohort.recommendation_id = o.recommendation_id
        GROUP BY application_id
    ),
    -- One row a day and source, so that nothing is joined and nothing can be counted twice.
    facts AS
    (
        SELECT date, runs, cost, 0 AS recommendations, 0 AS applications, 0 AS offers
        FROM spent
        UNION ALL
        SELECT toDate(made_at) AS date, 0, 0., count(), 0, 0
        FROM cohort
        GROUP BY date
        UNION ALL
        SELECT toDate(made_at) AS date, 0, 0., 0, count(), countIf(is_offered)
        FROM applications
        GROUP BY date
    )
SELECT
    f.date AS date,
    sum(f.cost) AS cost,
    sum(f.recommendations) AS recommendations,
    if(sum(f.runs) = 0, NULL, cost / nullIf(recommendations, 0)) AS cost_per_recommendation,
    sum(f.applications) AS applications,
    if(sum(f.runs) = 0, NULL, cost / nullIf(applications, 0)) AS cost_per_application,
    sum(f.offers) AS offers,
    if(sum(f.runs) = 0, NULL, cost / nullIf(offers, 0)) AS cost_per_offer
FROM facts AS f
GROUP BY date
{{one_meaning}}
COMMENT {{comment}};
