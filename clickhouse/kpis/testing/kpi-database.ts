import { startTestEngine } from '../../../clickhouse/src/testing.ts'
import {
  accept,
  type Delivery,
  encodeLines,
  eventLines,
  refusalLine,
  type Values,
} from '../../../collector/src/ingest/index.ts'
import { LINES_FRAME } from '../../../collector/src/intake/intake.ts'
import { schemaRoot, schemaVars } from '../../../collector/src/schema.ts'
import { type Batch, batchId, cutBatch, eventIdsOf } from '../../../collector/src/write/batch.ts'
import { createClickHouseSink, type Sink } from '../../../collector/src/write/sink.ts'
import { applySchema } from '../../src/schema/apply.ts'
import { firefox } from './events.ts'

export interface KpiDatabase {
  /**
   * Takes events, each as a request of its own, and stores them the way the collector does: ingest, batch, one insert a table. What passes
   * through `event_stream` is sent three times, in other orders, as it is after crashes: nothing may change by that.
   */
  deliver(events: readonly unknown[], delivery?: Partial<Delivery>): Promise<void>
  /** All rows of a view, ordered by its first columns. A NaN shows as the text "nan", so that it is never taken for NULL. */
  rows(sql: string, settings?: Record<string, string | number>): Promise<Values[]>
  /** Does what is no question, and returns when it is done: a DELETE, say. */
  run(statement: string): Promise<void>
  /** Empties all tables, for the next test. */
  clear(): Promise<void>
  stop(): Promise<void>
}

/** The real engine with the real tables and views, for one test file. */
export async function startKpiDatabase(): Promise<KpiDatabase> {
  const { engine, stop } = await startTestEngine()
  // The longest retention there is. Ids are kept longer than usual, because these tests play in the past.
  const vars = {
    ...schemaVars({
      RETENTION_DAYS: 36_500,
      CURRENCY: 'USD',
      MAX_RESPONSE_TIME: 2_000,
      COST_PER_PROCESSING_SECOND: 0.001,
    }),
    deduplication_days: '9999',
  }
  await applySchema(engine, { root: schemaRoot, vars })
  const sink = createClickHouseSink(engine)
  let seq = 0
  let id = 0
  const newId = () => `00000000-0000-7000-8000-${String(++id).padStart(12, '0')}`

  const rows: KpiDatabase['rows'] = async (sql, settings = {}) => {
    const answer = await engine.client().query({
      query: sql,
      format: 'JSONEachRow',
      clickhouse_settings: {
        output_format_json_quote_64bit_integers: 0,
        output_format_json_quote_denormals: 1,
        ...settings,
      },
    })
    return await answer.json<Values>()
  }

  return {
    rows,
    stop,
    async deliver(events, delivery = {}) {
      const frames = events.map((event) => {
        const { accepted, rejected } = accept([event], { ...fromFirefox, ...delivery }, { newId })
        const payload = encodeLines([...accepted.flatMap(eventLines), ...rejected.map(refusalLine)])
        return { seq: ++seq, recvMs: 0, type: LINES_FRAME, payload }
      })
      const batch = batchId(1, seq)
      const known = Object.fromEntries(await sink.knownIds(eventIdsOf(frames), batch))
      await store(cutBatch(batch, frames, { known, poison: {} }), sink)
    },
    async run(statement) {
      await engine.client().command({ query: statement, clickhouse_settings: { mutations_sync: '2' } })
    },
    async clear() {
      const tables = await rows(filledTables)
      for (const { name } of tables) {
        await engine.client().command({ query: `TRUNCATE TABLE ${String(name)}` })
      }
    },
  }
}

const filledTables = `
SELECT name
FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND total_rows > 0 AND name NOT LIKE 'schema_%'`

/** A browser of a person, received at a time that tests set where it matters. */
const fromFirefox: Delivery = {
  receivedAt: Date.parse('2026-03-10T23:59:00.000Z'),
  keyKind: 'write',
  fromBrowser: true,
  userAgent: firefox,
  address: '203.0.113.77',
  privacySignal: false,
  strict: false,
}

async function store(batch: Batch, sink: Sink): Promise<void> {
  for (const [table, rows] of batch.tables) {
    if (table !== 'event_stream') await sink.insert(table, rows, `${batch.id}-${table}-0`)
  }
  const stream = batch.tables.get('event_stream') ?? []
  const half = Math.floor(stream.length / 2)
  const orders = [stream, stream.toReversed(), [...stream.slice(half), ...stream.slice(0, half)]]
  for (const [epoch, rows] of orders.entries()) {
    if (rows.length > 0) await sink.insert('event_stream', rows, `${batch.id}-event_stream-${epoch}`)
  }
}
