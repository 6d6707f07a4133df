import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodeLines } from '../ingest/index.ts'
import { countingIds, fromServer } from '../ingest/testing.ts'
import { createIntake, type Intake, LINES_FRAME } from '../intake/intake.ts'
import { createRecentIds } from '../intake/recent-ids.ts'
import { forgetfulIntake, openTestSpool, silent, startTestWarehouse, startTestWriter } from '../testing.ts'
import { createClickHouseSink, type Sink } from './sink.ts'
import type { Writer, WriterLog } from './writer.ts'

let warehouse: Awaited<ReturnType<typeof startTestWarehouse>>
let sink: Sink
let test: Awaited<ReturnType<typeof openTestSpool>>
let intake: Intake
const writers: Writer[] = []

beforeAll(async () => {
  warehouse = await startTestWarehouse()
  sink = createClickHouseSink(warehouse.engine, warehouse.dir)
})
afterAll(() => warehouse.stop())
beforeEach(async () => {
  for (const table of [
    'user_interactions',
    'feature_usage',
    'duplicate_events',
    'rejected_events',
    'event_ids',
    'session_states',
    'quality_states',
  ]) {
    await warehouse.engine.client().command({ query: `TRUNCATE TABLE ${table}` })
  }
  test = await openTestSpool()
  intake = forgetfulIntake(test.spool)
})
afterEach(async () => {
  for (const writer of writers.splice(0)) await writer.close()
  await test.remove()
})

const start = (through: Sink, log: WriterLog = silent) => {
  const writer = startTestWriter(test.spool, through, { log })
  writers.push(writer)
  return writer
}

const event = (n: number, more = {}) => ({
  event_id: `0192f0c1-bbbb-7000-8000-${String(n).padStart(12, '0')}`,
  type: 'interaction',
  interaction_type: 'page_view',
  session_id: `session ${n % 3}`,
  seq: Math.floor(n / 3),
  timestamp: '2026-11-23T11:00:00Z',
  page_url: '/jobs',
  ...more,
})
const features = (n: number) => ({
  ...event(n),
  type: 'feature_use',
  feature_name: 'f',
  interaction_type: undefined,
  page_url: undefined,
})

/** What every test ends with: each event once in its table, its session and its day's quality. */
async function expectStored(interactions: number, uses: number, duplicates: number): Promise<void> {
  const [stored] = await warehouse.ask(`
    SELECT
      (SELECT (count(), uniqExact(event_id)) FROM user_interactions) AS interactions,
      (SELECT (count(), uniqExact(event_id)) FROM feature_usage) AS uses,
      (SELECT count() FROM duplicate_events) AS duplicates,
      (SELECT sum(page_views) FROM user_sessions) AS page_views,
      (SELECT uniqExact(event_id) FROM event_ids) AS ids,
      (SELECT sum(accepted) FROM kpi_data_quality_daily) AS accepted`)
  expect(stored).toEqual({
    interactions: [interactions, interactions],
    uses: [uses, uses],
    duplicates,
    page_views: interactions,
    ids: interactions + uses,
    accepted: interactions + uses,
  })
}

describe('the writer', () => {
  it('stores each event once, in its table and in the states of the views', async () => {
    await intake.submit([event(1), event(2), features(3)], fromServer)
    await intake.submit([event(4)], fromServer)
    expect(await start(sink).drain(10_000)).toBe(true)
    await expectStored(3, 1, 0)
  })

  it('recognises repetitions in a batch, in later batches and after a restart, with conflicts', async () => {
    const writer = start(sink)
    await intake.submit([event(1), event(2), event(2)], fromServer)
    await writer.drain(10_000)
    await writer.close()
    await intake.submit([event(2), event(3), event(1, { page_title: 'other' })], fromServer)
    await start(sink).drain(10_000)
    await expectStored(3, 0, 3)
    expect(await warehouse.ask('SELECT countIf(is_conflict) AS conflicts FROM duplicate_events')).toEqual([
      { conflicts: 1 },
    ])
  })

  it('stores once what was inserted and whose answer was lost, under the same token', async () => {
    let lost = 0
    const losing: Sink = {
      ...sink,
      async insert(table, rows, token) {
        await sink.insert(table, rows, token)
        lost += 1
        if (lost <= 3) throw new Error('socket hang up')
      },
    }
    await intake.submit([event(1), features(2), event(3)], fromServer)
    expect(await start(losing).drain(10_000)).toBe(true)
    expect(lost).toBeGreaterThan(3)
    await expectStored(2, 1, 0)
  })

  it('asks what is stored when the engine was replaced in between, and inserts only what is missing', async () => {
    let failures = 0
    const replaced: Sink = {
      ...sink,
      async insert(table, rows, token) {
        // The first of the two tables is in, the second is not; then another process takes over.
        if (table === 'feature_usage' && failures === 0) {
          failures += 1
          await new Promise((resolve) => setTimeout(resolve, 100))
          await warehouse.engine.restart('a test')
          throw new Error('socket hang up')
        }
        await sink.insert(table, rows, token)
      },
    }
    await intake.submit([event(1), features(2), event(3)], fromServer)
    const writer = start(replaced)
    expect(await writer.drain(20_000)).toBe(true)
    expect(writer.stats().reconciled).toBe(1)
    await expectStored(2, 1, 0)
  })

  it('finishes in a later process what an earlier one began, at every step it can have stopped at', async () => {
    for (let step = 1; step <= 4; step += 1) {
      await intake.submit([event(step * 10), features(step * 10 + 1), event(step * 10)], fromServer)
      let calls = 0
      const dying: Sink = { ...sink }
      const count = <T>(call: () => Promise<T>): Promise<T> => {
        calls += 1
        return calls > step ? new Promise<T>(() => {}) : call()
      }
      dying.insert = (table, rows, token) => count(() => sink.insert(table, rows, token))
      dying.sync = () => count(() => sink.sync())
      const dead = start(dying)
      while (calls <= step) await new Promise((resolve) => setTimeout(resolve, 5))
      writers.splice(writers.indexOf(dead), 1)
      // Three inserts and a sync; with the engine of the earlier process, and with another one.
      if (step % 2 === 0) await warehouse.engine.restart('a test')
      const next = start(sink)
      expect(await next.drain(20_000)).toBe(true)
      await next.close()
      await expectStored(step, step, step)
    }
  })

  it('sets a poisonous row aside with its reason and stores the rest of the batch', async () => {
    await intake.submit([event(1), event(2)], fromServer)
    const lines = [
      {
        table: 'user_interactions',
        eventId: event(3).event_id,
        contentHash: '0000000000000001',
        json: JSON.stringify({ event_id: event(3).event_id, timestamp: 'not a time' }),
      },
      {
        table: 'event_stream',
        eventId: event(3).event_id,
        contentHash: '0000000000000001',
        json: JSON.stringify({
          event_id: event(3).event_id,
          type: 'interaction',
          received_at: '2026-11-23 12:00:00.000',
        }),
      },
    ]
    await test.spool.append(encodeLines(lines), { recvMs: 0, type: LINES_FRAME })
    await intake.submit([event(4)], fromServer)
    const writer = start(sink)
    expect(await writer.drain(20_000)).toBe(true)
    expect(writer.stats().poison).toBe(1)
    await expectStored(3, 0, 0)
    expect(await warehouse.ask('SELECT toString(event_id) AS id, stage, reason FROM rejected_events')).toEqual([
      { id: event(3).event_id, stage: 'insert', reason: 'poison' },
    ])
  })

  it('sends again all that is kept when the database is another one, without a duplicate', async () => {
    await intake.submit([event(1), event(2)], fromServer)
    const first = start(sink)
    await first.drain(10_000)
    await first.close()
    await intake.submit([event(3)], fromServer)
    const other: Sink = { ...sink, databaseId: async () => 'another database' }
    expect(await start(other).drain(10_000)).toBe(true)
    // The database only said that it was another: it knows the first two, so they come out as repetitions.
    await expectStored(3, 0, 2)
  })

  it('asks for ids by the thousand and finds those of other batches only', async () => {
    const many = Array.from({ length: 300 }, (_, n) => event(n))
    await intake.submit(many, fromServer)
    await start(sink).drain(10_000)
    const ids = Array.from({ length: 10_000 }, (_, n) => event(n).event_id)
    expect((await sink.knownIds(ids, '0')).size).toBe(300)
    const [row] = await warehouse.ask<{ batch: string }>('SELECT toString(any(batch)) AS batch FROM event_ids')
    expect((await sink.knownIds(ids, String(row?.batch))).size).toBe(0)
    expect(await sink.knownIds(['00000000-0000-0000-0000-00000000000a'], '0')).toEqual(new Map())
  })
})

it('needs no memory of ids to recognise a repetition, and with one answers at once', async () => {
  const remembering = createIntake({ spool: test.spool, recentIds: createRecentIds(10), tools: countingIds() })
  await remembering.submit([event(1)], fromServer)
  expect(await remembering.submit([event(1)], fromServer)).toMatchObject({ duplicates: 1 })
  await start(sink).drain(10_000)
  await expectStored(1, 0, 1)
})
