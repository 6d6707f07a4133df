-- title: Jobs recommended to people
-- definition: One row a recommendation event.
CREATE TABLE job_recommendations
(
    {{envelope}},
    recommendation_id String COMMENT 'Id of the recommendation' CODEC(ZSTD),
    job_id String COMMENT 'Id of the job' CODEC(ZSTD),
    tier LowCardinality(String) COMMENT 'conservative, optimal or stretch',
    recommendation_score Float64 COMMENT '0 to 10',
    salary_increase_potential Nullable(Float64) COMMENT 'Money a year, in currency',
    success_probability Nullable(Float64) COMMENT '0 to 1',
    skills_gap_score Nullable(Float64) COMMENT '0 to 1',
    company_culture_fit Nullable(Float64) COMMENT '0 to 1',
    career_advancement_potential Nullable(Float64) COMMENT '0 to 1',
    slate_id String COMMENT 'The list it was shown in' CODEC(ZSTD),
    position Nullable(UInt16) COMMENT 'Place in the list, from 1',
    model_version LowCardinality(String) COMMENT 'Version of the engine',
    propensity Nullable(Float64) COMMENT 'Probability with which the engine chose it, 0 to 1',
    currency LowCardinality(String) COMMENT 'ISO 4217; empty: not said'
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (tier, toDate(timestamp), recommendation_id)
{{raw_settings}}
COMMENT 'Jobs recommended to people: one row an event of type recommendation';
