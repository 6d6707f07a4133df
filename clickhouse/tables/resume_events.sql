-- title: Steps of resume processing
-- definition: One row a step of uploading, parsing or validating a resume.
CREATE TABLE resume_events
(
    {{envelope}},
    event_type LowCardinality(String) COMMENT 'The step',
    resume_id String COMMENT 'Id of the resume' CODEC(ZSTD),
    file_name String COMMENT 'Hash of the name and its extension: the name itself is never stored' CODEC(ZSTD),
    file_size Nullable(UInt64) COMMENT 'Bytes',
    file_type LowCardinality(String) COMMENT 'As given, else the extension of the file name',
    processing_time Nullable(Float64) COMMENT 'Seconds',
    error_message String COMMENT 'What failed' CODEC(ZSTD),
    success_rate Nullable(Float64) COMMENT 'Percent',
    confidence_score Nullable(Float64) COMMENT '0 to 1',
    extracted_fields String COMMENT 'Names of the fields found and the confidence in each, as JSON text: read it with JSONExtract functions' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (event_type, toDate(timestamp), timestamp)
{{raw_settings}}
COMMENT 'Steps of resume processing: one row an event of type resume';
