import type { SchemaDifference } from '@offertrail/clickhouse'
import type { Keys } from './access/keys.ts'
import type { RateLimit } from './access/rate-limit.ts'
import type { Config } from './config.ts'
import type { Intake } from './intake/intake.ts'
import type { Metrics } from './metrics.ts'
import type { Recounts } from './recount.ts'

/** What routes are given. Nothing here is global. */
export interface Services {
  config: Config
  keys: Keys
  limits: Record<'write' | 'server' | 'admin', RateLimit>
  intake: Intake
  metrics: Metrics
  /** The spool takes no more: events are refused, with the time to try again. */
  spoolIsFull(): boolean
  health(): Health
  /** Where the database is not what the SQL files say. Rejects while ClickHouse is away. */
  schemaDifferences(): Promise<SchemaDifference[]>
  recounts: Recounts
}

export interface Health {
  /** `ok`; `degraded`: events are accepted and wait for ClickHouse; `failing`: events are refused. */
  status: 'ok' | 'degraded' | 'failing'
  clickhouse: 'up' | 'down'
  /** Frames on disk that ClickHouse does not have yet. */
  waiting: number
  version: string
}
