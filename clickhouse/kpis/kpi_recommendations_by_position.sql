-- title: Recommendations by day and position
-- unit: counts; percent; money a year; seconds; 1 to 5
-- definition: By the UTC day the recommendation was made (its cohort): everything that follows counts there, whenever it comes. impressions, viewed, clicked, saved, dismissed: that engagement_type; applied: an application of any status or engagement applied; interviewed: interview_scheduled or interview_completed; offered: offer_received, offer_accepted or offer_declined; accepted: offer_accepted. engagement_rate: viewed or clicked / recommendations; click_through_rate: clicked / viewed; conversion_rate: applied / recommendations; interview_rate and success_rate: interviewed and offered / applied; acceptance_rate: accepted / offered. Final salaries: the latest of each application. quality_score: mean rating of recommendation_quality feedback. avg_engagement_time: over recommendations with any, of their summed seconds. Money in the setting CURRENCY (no currency given counts as it); other_currency counts the amounts in others. position: place in the list, from 1; 0 where it was not said.
-- grain: date, position
-- needs: recommendation_states
CREATE VIEW kpi_recommendations_by_position AS
SELECT
    toDate(made_at) AS date,
    made.position AS position,
    {{recommendation_columns}}
FROM
(
    {{recommendations}}
)
GROUP BY
    date,
    position
{{one_meaning}}
COMMENT {{comment}};
