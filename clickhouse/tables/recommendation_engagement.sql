-- title: What people did with recommendations
-- definition: One row an engagement: impression = rendered, viewed = half of the card on a visible page for 1 s.
CREATE TABLE recommendation_engagement
(
    {{envelope}},
    recommendation_id String COMMENT 'Id of the recommendation' CODEC(ZSTD),
    engagement_type LowCardinality(String) COMMENT 'impression, viewed, clicked, applied, saved, shared or dismissed',
    engagement_time Nullable(Float64) COMMENT 'Seconds',
    position Nullable(UInt16) COMMENT 'Place in the list, from 1',
    slate_id String COMMENT 'The list it was shown in' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (engagement_type, toDate(timestamp), recommendation_id, timestamp)
{{raw_settings}}
COMMENT 'What people did with recommendations: one row an event of type recommendation_engagement';
