-- title: Goals and how far they got
-- definition: One row a report; the latest of a goal_id is its state.
CREATE TABLE goal_achievement
(
    {{envelope}},
    goal_type LowCardinality(String) COMMENT 'The kind of goal',
    goal_value String COMMENT 'What is aimed at' CODEC(ZSTD),
    goal_id String COMMENT 'Id of the goal' CODEC(ZSTD),
    target_date Nullable(DateTime64(3, 'UTC')) COMMENT 'When it is to be reached',
    achieved_date Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was reached',
    achievement_percentage Nullable(Float64) COMMENT '0 to 100',
    recommendation_contribution Nullable(Float64) COMMENT '0 to 100',
    success_factors String COMMENT 'What helped, as JSON text: read it with JSONExtract functions' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (goal_type, goal_id, timestamp)
{{raw_settings}}
COMMENT 'Goals and how far they got: one row an event of type goal';
