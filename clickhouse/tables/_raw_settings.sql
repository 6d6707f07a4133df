-- title: Retention and settings of event tables
-- definition: Rows are kept for the days of the setting, counted as calendar days: as a time, a hundred years from now would be
--   beyond what DateTime holds and lie in the past. The window holds the tokens of the last 1,000 inserts, so that one repeated after a lost answer is not stored twice.
TTL toDate(received_at) + INTERVAL {{retention_days}} + 1 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 0
