-- title: Applications and what became of them
-- definition: One row a change of an application.
CREATE TABLE application_outcomes
(
    {{envelope}},
    recommendation_id String COMMENT 'The recommendation it came from' CODEC(ZSTD),
    application_id String COMMENT 'Id of the application' CODEC(ZSTD),
    application_status LowCardinality(String) COMMENT 'State it reached',
    application_date Nullable(DateTime64(3, 'UTC')) COMMENT 'When the person applied',
    outcome_date Nullable(DateTime64(3, 'UTC')) COMMENT 'When the outcome was known',
    salary_offered Nullable(Float64) COMMENT 'Money a year, in currency',
    salary_negotiated Nullable(Float64) COMMENT 'Money a year, in currency',
    final_salary Nullable(Float64) COMMENT 'Money a year, in currency',
    currency LowCardinality(String) COMMENT 'ISO 4217; empty: not said',
    interview_rounds Nullable(UInt16) COMMENT 'Interviews held',
    feedback_received String COMMENT 'What the employer said, or true or false' CODEC(ZSTD),
    success_factors String COMMENT 'What helped, as JSON text: read it with JSONExtract functions' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (application_status, toDate(timestamp), recommendation_id, timestamp)
{{raw_settings}}
COMMENT 'Applications and what became of them: one row an event of type application';
