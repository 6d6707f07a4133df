-- title: All events, passing by
-- definition: Stores nothing. Every event of every type passes here once more with what types have in common; the views of sessions, recommendations, ids and quality hang on it, so that a new type needs none of its own.
CREATE TABLE event_stream
(
    event_id UUID,
    type LowCardinality(String),
    kind LowCardinality(String),
    timestamp DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    content_hash UInt64,
    extends_session Bool,
    is_behavior Bool,
    user_id String,
    anonymous_id String,
    session_id String,
    seq Nullable(UInt32),
    page_url String,
    referrer String,
    entry_page String,
    exit_page String,
    device_type LowCardinality(String),
    browser LowCardinality(String),
    os LowCardinality(String),
    ip_address String,
    is_bot Bool,
    is_skewed Bool,
    conversion_events Nullable(UInt32),
    recommendation_id String,
    tier LowCardinality(String),
    model_version LowCardinality(String),
    position Nullable(UInt16),
    recommendation_score Float64,
    salary_increase_potential Nullable(Float64),
    success_probability Nullable(Float64),
    engagement_time Nullable(Float64),
    application_id String,
    final_salary Nullable(Float64),
    currency LowCardinality(String),
    -- Of feedback a number, of web vitals a word: as text, neither is refused.
    rating Nullable(Float64),
    batch UInt64
)
ENGINE = Null
COMMENT 'Every event passes here on its way to the views; nothing is stored';
