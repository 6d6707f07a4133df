-- title: Retention and settings of event tables
-- definition: The window holds the tokens of the last 1,000 inserts, so that one repeated after a lost answer is not stored twice.
TTL toDateTime(received_at) + INTERVAL {{retention_days}} DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 0
