-- title: Recommendations and what became of them, as states
-- definition: One row a recommendation after merging: the earliest recommendation event stands, and each stage has the moment it was first reached. What names a recommendation that never arrived waits here. The KPIs of recommendations read it.
-- needs: event_stream
-- Keyed by the recommendation alone, because an application that comes 40 days later knows nothing else of it. Every state is
-- the same however often an event comes: values that must be added up are kept with the id of their event.
CREATE TABLE recommendation_states
(
    recommendation_id String COMMENT 'The recommendation' CODEC(ZSTD),
    created_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Earliest recommendation event; NULL: it never arrived',
    created AggregateFunction(argMin, Tuple(person String, session_id String, tier String, model_version String, position UInt16, score Float64, salary_potential Nullable(Float64), success_probability Nullable(Float64), currency String), Tuple(DateTime64(3, 'UTC'), UInt128)) COMMENT 'What the earliest recommendation event said',
    impression_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First rendered',
    viewed_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First viewed',
    clicked_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First clicked',
    saved_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First saved',
    dismissed_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First dismissed',
    applied_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First application of any status, or engagement applied',
    interviewed_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First interview scheduled or completed',
    offered_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First offer received, accepted or declined',
    accepted_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First offer accepted',
    engagement_times AggregateFunction(groupUniqArray, Tuple(UUID, Float64)) COMMENT 'Seconds of each engagement that has them',
    salaries AggregateFunction(groupUniqArray, Tuple(application_id String, at DateTime64(3, 'UTC'), event_id UUID, salary Float64, currency String)) COMMENT 'Final salaries as they were given',
    ratings AggregateFunction(groupUniqArray, Tuple(UUID, Float64)) COMMENT 'Ratings of recommendation_quality feedback',
    last_received SimpleAggregateFunction(max, DateTime('UTC')) COMMENT 'When the collector had the last of them: retention counts from it'
)
ENGINE = AggregatingMergeTree
ORDER BY recommendation_id
TTL toDate(last_received) + INTERVAL {{retention_days}} + 1 DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'States that KPIs of recommendations are computed from';

CREATE MATERIALIZED VIEW recommendation_states_view TO recommendation_states AS
SELECT
    e.recommendation_id AS recommendation_id,
    min(if(e.type = 'recommendation', e.timestamp, NULL)) AS created_at,
    argMinStateIf(
        CAST((if(e.user_id != '', e.user_id, e.anonymous_id), e.session_id, toString(e.tier), toString(e.model_version), ifNull(e.position, 0), e.recommendation_score, e.salary_increase_potential, e.success_probability, toString(e.currency)),
            'Tuple(person String, session_id String, tier String, model_version String, position UInt16, score Float64, salary_potential Nullable(Float64), success_probability Nullable(Float64), currency String)'),
        (e.timestamp, toUInt128(e.event_id)),
        e.type = 'recommendation') AS created,
    min(if(e.type = 'recommendation_engagement' AND e.kind = 'impression', e.timestamp, NULL)) AS impression_at,
    min(if(e.type = 'recommendation_engagement' AND e.kind = 'viewed', e.timestamp, NULL)) AS viewed_at,
    min(if(e.type = 'recommendation_engagement' AND e.kind = 'clicked', e.timestamp, NULL)) AS clicked_at,
    min(if(e.type = 'recommendation_engagement' AND e.kind = 'saved', e.timestamp, NULL)) AS saved_at,
    min(if(e.type = 'recommendation_engagement' AND e.kind = 'dismissed', e.timestamp, NULL)) AS dismissed_at,
    min(if(e.type = 'application' OR (e.type = 'recommendation_engagement' AND e.kind = 'applied'), e.timestamp, NULL)) AS applied_at,
    min(if(e.type = 'application' AND e.kind IN ('interview_scheduled', 'interview_completed'), e.timestamp, NULL)) AS interviewed_at,
    min(if(e.type = 'application' AND e.kind IN ('offer_received', 'offer_accepted', 'offer_declined'), e.timestamp, NULL)) AS offered_at,
    min(if(e.type = 'application' AND e.kind = 'offer_accepted', e.timestamp, NULL)) AS accepted_at,
    groupUniqArrayStateIf((e.event_id, assumeNotNull(e.engagement_time)), e.type = 'recommendation_engagement' AND e.engagement_time IS NOT NULL) AS engagement_times,
    groupUniqArrayStateIf(
        CAST((e.application_id, e.timestamp, e.event_id, assumeNotNull(e.final_salary), toString(e.currency)),
            'Tuple(application_id String, at DateTime64(3, \'UTC\'), event_id UUID, salary Float64, currency String)'),
        e.type = 'application' AND e.final_salary IS NOT NULL) AS salaries,
    groupUniqArrayStateIf((e.event_id, assumeNotNull(e.rating)), e.type = 'feedback' AND e.kind = 'recommendation_quality' AND e.rating IS NOT NULL) AS ratings,
    max(toDateTime(e.received_at)) AS last_received
FROM event_stream AS e
WHERE e.type IN ('recommendation', 'recommendation_engagement', 'application', 'feedback') AND e.recommendation_id != '' AND NOT e.is_bot
GROUP BY recommendation_id;
