-- title: State of hosts
-- definition: One row a sample.
CREATE TABLE system_resources
(
    {{envelope}},
    cpu_usage Float64 COMMENT 'Percent',
    memory_usage Float64 COMMENT 'Percent',
    disk_usage Float64 COMMENT 'Percent',
    active_connections Nullable(UInt32) COMMENT 'Open connections',
    queue_length Nullable(UInt32) COMMENT 'Work waiting',
    error_rate Nullable(Float64) COMMENT 'Percent',
    response_time_avg Nullable(Float64) COMMENT 'Milliseconds',
    host LowCardinality(String) COMMENT 'The host'
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (host, timestamp)
{{raw_settings}}
COMMENT 'State of hosts: one row an event of type system_sample';
