-- title: What people did on pages
-- definition: One row an interaction event: page views, clicks, searches, scroll depth, visible time and the rest of interaction_type.
CREATE TABLE user_interactions
(
    {{envelope}},
    interaction_type LowCardinality(String) COMMENT 'What was done',
    element_id String COMMENT 'Id of the element' CODEC(ZSTD),
    element_text String COMMENT 'Text of the element, cut at 256 characters' CODEC(ZSTD),
    interaction_data String COMMENT 'What else the site said of it, as JSON text: read it with JSONExtract functions' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (interaction_type, toDate(timestamp), session_id, timestamp)
{{raw_settings}}
COMMENT 'What people did on pages: one row an event of type interaction';
