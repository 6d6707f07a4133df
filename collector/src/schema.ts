import { DEDUPLICATION_DAYS } from '@offertrail/contract'
import type { Config } from './config.ts'

/** The folder of tables/, kpis/ and migrations/. */
export const schemaRoot = new URL('../../clickhouse/', import.meta.url)

/** What the SQL files' placeholders stand for. */
export function schemaVars(
  config: Pick<Config, 'RETENTION_DAYS' | 'CURRENCY' | 'MAX_RESPONSE_TIME' | 'COST_PER_PROCESSING_SECOND'>,
): Record<string, string> {
  return {
    retention_days: String(config.RETENTION_DAYS),
    // A day more than promised: rows expire in the background, not on the hour.
    deduplication_days: String(DEDUPLICATION_DAYS + 1),
    currency: config.CURRENCY,
    max_response_time: String(config.MAX_RESPONSE_TIME),
    cost_per_processing_second: String(config.COST_PER_PROCESSING_SECOND),
  }
}
