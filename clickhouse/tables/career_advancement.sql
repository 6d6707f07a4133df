-- title: Steps in careers
-- definition: One row a step.
CREATE TABLE career_advancement
(
    {{envelope}},
    advancement_type LowCardinality(String) COMMENT 'The kind of step',
    previous_role String COMMENT 'Role before' CODEC(ZSTD),
    new_role String COMMENT 'Role after' CODEC(ZSTD),
    salary_change Nullable(Float64) COMMENT 'Money a year',
    skill_improvements String COMMENT 'Skills gained, as JSON text: read it with JSONExtract functions' CODEC(ZSTD),
    recommendation_correlation Nullable(Float64) COMMENT 'How far a recommendation led to it, -1 to 1',
    success_factors String COMMENT 'What helped, as JSON text: read it with JSONExtract functions' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (advancement_type, toDate(timestamp), user_id, timestamp)
{{raw_settings}}
COMMENT 'Steps in careers: one row an event of type career_advancement';
