import { type EventSource, rebuild, type Verification, verify } from '@offertrail/clickhouse'
import { events, eventTypes } from '@offertrail/contract'
import type { pino } from 'pino'
import type { Config } from './config.ts'
import { schemaRoot, schemaVars } from './schema.ts'
import type { Store } from './store.ts'

/** Recounts from raw rows: on demand, and by itself once a day. */
export interface Recounts {
  /** Recounts every KPI and names each cell that differs. One at a time: a second call waits for the first. */
  verify(): Promise<VerifyReport>
  /** Computes the states anew and puts them in place at one stroke. Returns the tables. */
  rebuild(): Promise<string[]>
  /** The last verification, if there was one. */
  last(): VerifyReport | undefined
  stop(): void
}

export interface VerifyReport extends Verification {
  /** RFC 3339, UTC. */
  finished_at: string
  seconds: number
}

/** How often the check runs by itself, milliseconds, and how long after the start for the first time. */
const INTERVAL_MS = 24 * 3_600_000
const FIRST_MS = 15 * 60_000

export function createRecounts(config: Config, store: () => Store | undefined, log: pino.Logger): Recounts {
  const schema = { root: schemaRoot, vars: schemaVars(config) }
  let last: VerifyReport | undefined
  let turn: Promise<unknown> = Promise.resolve()

  function oneAtATime<T>(run: (store: Store) => Promise<T>): Promise<T> {
    const result = turn.then(() => {
      const present = store()
      if (!present) throw new Error('recount: ClickHouse is not there')
      return run(present)
    })
    turn = result.catch(() => {
      // Told to who asked; the next one runs all the same.
    })
    return result
  }

  async function runVerify(): Promise<VerifyReport> {
    return await oneAtATime(async ({ engine, writer }) => {
      const start = performance.now()
      const { views, drift } = await verify(engine, schema, sources, writer.hold)
      last = {
        views,
        drift,
        finished_at: new Date().toISOString(),
        seconds: Math.round(performance.now() - start) / 1_000,
      }
      if (drift.length > 0)
        log.error(
          { cells: drift.length, views: [...new Set(drift.map(({ view }) => view))] },
          'verify: KPIs differ from the recount; npm run rebuild mends them',
        )
      else log.info({ views: views.length, seconds: last.seconds }, 'verify: every KPI equals the recount')
      return last
    })
  }

  const check = () => void runVerify().catch((error: unknown) => log.warn({ err: error }, 'verify: could not recount'))
  const timers = [setTimeout(check, FIRST_MS), setInterval(check, INTERVAL_MS)]
  for (const timer of timers) timer.unref()

  return {
    verify: runVerify,
    rebuild: () => oneAtATime(({ engine, writer }) => rebuild(engine, schema, sources, writer.hold)),
    last: () => last,
    stop: () => timers.forEach(clearTimeout),
  }
}

/** What the contract says of each type, for the recount. */
export const sources: readonly EventSource[] = eventTypes.map((type) => {
  const { table, kind, session, from, stream = [] } = events[type]
  return {
    type,
    table,
    kind,
    fields: stream,
    extendsSession: session === 'extends',
    isBehavior: session === 'extends' && from.includes('write'),
  }
})
