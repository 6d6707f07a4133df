-- title: What people say
-- definition: One row a feedback event.
CREATE TABLE user_feedback
(
    {{envelope}},
    feedback_type LowCardinality(String) COMMENT 'What it is about',
    rating Nullable(Float64) COMMENT '1 to 5',
    feedback_text String COMMENT 'The words, cut at 4,000 characters' CODEC(ZSTD),
    recommendation_id String COMMENT 'The recommendation it is about, if any' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (feedback_type, toDate(timestamp), timestamp)
{{raw_settings}}
COMMENT 'What people say: one row an event of type feedback';
