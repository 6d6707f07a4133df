-- title: Runs of processes
-- definition: One row a run.
CREATE TABLE processing_metrics
(
    {{envelope}},
    process_name LowCardinality(String) COMMENT 'The process',
    duration Float64 COMMENT 'Seconds',
    success Bool COMMENT 'Whether it finished well',
    start_time Nullable(DateTime64(3, 'UTC')) COMMENT 'When it started',
    end_time Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended',
    memory_usage Nullable(Float64) COMMENT 'Megabytes',
    cpu_usage Nullable(Float64) COMMENT 'Percent of one core',
    cost Nullable(Float64) COMMENT 'In the setting CURRENCY; NULL: the cost model applies',
    error_message String COMMENT 'What failed' CODEC(ZSTD),
    metadata String COMMENT 'What else was said of the run, as JSON text: read it with JSONExtract functions' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (process_name, toStartOfHour(timestamp), timestamp)
{{raw_settings}}
COMMENT 'Runs of processes: one row an event of type processing';
