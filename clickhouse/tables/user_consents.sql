-- title: Consent given and withdrawn
-- definition: One row a decision; the latest of a person is in force.
CREATE TABLE user_consents
(
    {{envelope}},
    purposes Map(LowCardinality(String), Bool) COMMENT 'Each purpose and whether it was agreed to',
    source LowCardinality(String) COMMENT 'Where it was asked',
    policy_version LowCardinality(String) COMMENT 'What was agreed to'
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (user_id, anonymous_id, timestamp)
{{raw_settings}}
COMMENT 'Consent given and withdrawn: one row an event of type consent';
