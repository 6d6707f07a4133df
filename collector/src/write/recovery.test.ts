import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { encodeLines, type Line } from '../ingest/index.ts'
import { fromServer, NOON } from '../ingest/testing.ts'
import { type Intake, LINES_FRAME } from '../intake/intake.ts'
import { SpoolError } from '../spool/index.ts'
import { forgetfulIntake, openTestSpool, silent, startTestWarehouse, startTestWriter } from '../testing.ts'
import { createClickHouseSink, type Sink } from './sink.ts'
import type { Writer, WriterOptions } from './writer.ts'

// What the writer does when an attempt fails half-way, a row is refused, or what the spool knows of earlier batches is old.

let warehouse: Awaited<ReturnType<typeof startTestWarehouse>>
let sink: Sink
let test: Awaited<ReturnType<typeof openTestSpool>>
let intake: Intake
let logged: string
const writers: Writer[] = []

beforeAll(async () => {
  warehouse = await startTestWarehouse()
  sink = createClickHouseSink(warehouse.engine, warehouse.dir)
})
afterAll(() => warehouse.stop())
beforeEach(async () => {
  for (const table of ['user_interactions', 'feature_usage', 'duplicate_events', 'rejected_events', 'event_ids'])
    await run(`TRUNCATE TABLE ${table}`)
  test = await openTestSpool()
  logged = ''
  intake = forgetfulIntake(test.spool)
})
afterEach(async () => {
  for (const writer of writers.splice(0)) await writer.close()
  await test.remove()
})

const run = (query: string) => warehouse.engine.client().command({ query })
const note = (fields: object, message: string) => {
  logged += `${JSON.stringify(fields)} ${message}\n`
}
const log = { ...silent, warn: note, error: note }
const start = (through: Sink, options: Partial<WriterOptions> = {}) => {
  const writer = startTestWriter(test.spool, through, { log, ...options })
  writers.push(writer)
  return writer
}
const idOf = (n: number) => `0192f0c1-dddd-7000-8000-${String(n).padStart(12, '0')}`
const view = (n: number) => ({ event_id: idOf(n), type: 'interaction', interaction_type: 'page_view', user_id: 'ann' })
const use = (n: number) => ({ event_id: idOf(n), type: 'feature_use', feature_name: 'f', success: true })
const spoolLines = (lines: Line[]) => test.spool.append(encodeLines(lines), { recvMs: NOON, type: LINES_FRAME })
/** An event as ingest would never write it. */
const spoolEvent = (table: string, n: number, row: object, stream: object) => {
  const line = (to: string, more: object) => ({
    table: to,
    eventId: idOf(n),
    contentHash: '0000000000000001',
    json: JSON.stringify({ event_id: idOf(n), received_at: '2026-11-23 12:00:00.000', ...more }),
  })
  return spoolLines([line(table, row), line('event_stream', { type: 'interaction', ...stream })])
}

/** Stores two views in a batch each, and gives the checkpoint between them. */
async function storeTwo() {
  const first = start(sink)
  await intake.submit([view(1)], fromServer)
  await first.drain(10_000)
  const older = test.spool.checkpoint()
  await intake.submit([view(2)], fromServer)
  await first.drain(10_000)
  await first.close()
  return older
}

/** Rows and distinct events of both tables, rows of repetitions and refusals. */
async function stored(): Promise<unknown> {
  const [row] = await warehouse.ask<Record<string, unknown>>(`
    SELECT
      (SELECT (count(), uniqExact(event_id)) FROM user_interactions) AS views,
      (SELECT (count(), uniqExact(event_id)) FROM feature_usage) AS uses,
      (SELECT count() FROM duplicate_events) AS duplicates,
      (SELECT count() FROM rejected_events) AS rejected`)
  return row
}

it('loses and doubles nothing when it goes on from an older checkpoint, with other limits', async () => {
  const older = await storeTwo()
  if (older) await test.spool.saveCheckpoint(older)
  await intake.submit([view(3)], fromServer)
  expect(await start(sink).drain(10_000)).toBe(true)
  expect(await stored()).toEqual({ views: [3, 3], uses: [0, 0], duplicates: 1, rejected: 0 })
})

it('finishes a batch in doubt also when the checkpoint before it was lost', async () => {
  const older = await storeTwo()
  let reached = false
  const dying: Sink = {
    ...sink,
    insert: (table, rows, token) => {
      if (table !== 'event_stream') return sink.insert(table, rows, token)
      reached = true
      return new Promise(() => {})
    },
  }
  await intake.submit([view(3)], fromServer)
  start(dying)
  while (!reached) await new Promise((resolve) => setTimeout(resolve, 5))
  writers.pop()
  if (older) await test.spool.saveCheckpoint(older)
  await intake.submit([view(4)], fromServer)
  await warehouse.engine.restart('a test')
  expect(await start(sink).drain(20_000)).toBe(true)
  expect(await stored()).toMatchObject({ views: [4, 4] })
})

it('does not begin another attempt while an insert of the last one is under way', async () => {
  const inserts: Promise<void>[] = []
  const slow: Sink = {
    ...sink,
    insert(table, rows, token) {
      const late = async () => {
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        await sink.insert(table, rows, token)
      }
      const isFirst = table === 'user_interactions' && inserts.length < 2
      inserts.push(isFirst ? late() : sink.insert(table, rows, token))
      return inserts.at(-1) as Promise<void>
    },
  }
  await intake.submit([view(1), use(2)], fromServer)
  await spoolEvent('feature_usage', 3, { time_spent: 'long' }, {})
  expect(await start(slow).drain(20_000)).toBe(true)
  await Promise.allSettled(inserts)
  expect(await stored()).toEqual({ views: [1, 1], uses: [1, 1], duplicates: 0, rejected: 1 })
})

it('leaves nothing of an event in its table that event_stream refuses', async () => {
  await intake.submit([use(1)], fromServer)
  await spoolEvent('user_interactions', 2, {}, { position: 'first' })
  expect(await start(sink).drain(20_000)).toBe(true)
  expect(await stored()).toEqual({ views: [0, 0], uses: [1, 1], duplicates: 0, rejected: 1 })
})

it('takes new tokens for rows that it had to delete: a used one would store nothing', async () => {
  let halves = 0
  const tearing: Sink = {
    ...sink,
    async insert(table, rows, token) {
      if (table !== 'user_interactions' || halves === 2) return await sink.insert(table, rows, token)
      halves += 1
      await sink.insert(table, rows.slice(1), token)
      if (halves === 1) await warehouse.engine.restart('a test')
      throw new Error('socket hang up')
    },
  }
  await intake.submit([view(1), view(2), view(3)], fromServer)
  expect(await start(tearing).drain(30_000)).toBe(true)
  expect(halves).toBe(2)
  expect(await stored()).toMatchObject({ views: [3, 3] })
})

it('is not held up by a refused row that belongs to no event', async () => {
  await intake.submit([view(1)], fromServer)
  const broken =
    '{"rejection_id":"0192f0c1-0000-7000-8000-000000000001","received_at":"2026-11-23 12:00:00.000","path":"/\\ud83d"}'
  await spoolLines([{ table: 'rejected_events', eventId: '', contentHash: '', json: broken }])
  expect(await start(sink).drain(20_000)).toBe(true)
  expect(await stored()).toMatchObject({ views: [1, 1], rejected: 1 })
  expect(
    await warehouse.ask('SELECT stage, reason, path, toUnixTimestamp64Milli(received_at) AS at FROM rejected_events'),
  ).toEqual([{ stage: 'insert', reason: 'poison', path: '/path', at: NOON }])
})

it('says of a refused event which column is wrong, and nothing of what it holds', async () => {
  await intake.submit([view(1)], fromServer)
  await spoolEvent(
    'user_interactions',
    2,
    { user_id: 'ann@example.org', element_text: 'Ann', seq: 'ann@example.org' },
    {},
  )
  expect(await start(sink).drain(20_000)).toBe(true)
  const [row] = await warehouse.ask<{ path: string; message: string; payload: string }>('SELECT * FROM rejected_events')
  expect(row).toMatchObject({ path: '/seq', message: expect.stringContaining('CANNOT_PARSE_INPUT_ASSERTION_FAILED') })
  expect(JSON.parse(row?.payload ?? '')).toMatchObject({ user_id: '[hidden]', element_text: '[hidden]' })
  expect(row?.message).not.toContain('ann@')
  expect(logged).toContain('CANNOT_PARSE_INPUT_ASSERTION_FAILED')
  expect(logged).not.toContain('ann@')
})

it('waits, and sets no good event aside, while a table is not the one it writes', async () => {
  await run('ALTER TABLE feature_usage DROP COLUMN success')
  await intake.submit([use(1), view(2)], fromServer)
  const writer = start(sink)
  while (writer.stats().failures < 3) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await stored()).toMatchObject({ uses: [0, 0], rejected: 0 })
  expect(logged.match(/db:diff/g)?.length).toBe(1)
  await run('ALTER TABLE feature_usage ADD COLUMN success Nullable(Bool)')
  expect(await writer.drain(20_000)).toBe(true)
  expect(await stored()).toEqual({ views: [1, 1], uses: [1, 1], duplicates: 0, rejected: 0 })
})

it('goes on when the disk could not be read for a moment', async () => {
  await intake.submit([view(1)], fromServer)
  let failures = 0
  const read: typeof test.spool.read = async (afterSeq, limits) => {
    failures += 1
    if (failures <= 2) throw new SpoolError('spool_unavailable', 'too many open files')
    return await test.spool.read(afterSeq, limits)
  }
  const spool = Object.create(test.spool, { read: { value: read } }) as typeof test.spool
  expect(await start(sink, { spool }).drain(10_000)).toBe(true)
  expect(await stored()).toMatchObject({ views: [1, 1] })
})

it('says at once that it cannot drain when it was closed', async () => {
  const down: Sink = { ...sink, incarnation: () => Promise.reject(new Error('down')) }
  let clock = 0
  const now = () => {
    clock += 1
    return clock
  }
  const writer = start(down, { now })
  await intake.submit([view(1)], fromServer)
  await writer.close()
  // The clock counts how often it is asked.
  expect(await writer.drain(1_000)).toBe(false)
  expect(clock).toBeLessThan(50)
})

it.each([
  ['mended', 'DROP', 'ADD'],
  ['broken', 'ADD', 'DROP'],
])('blames no event when a table is %s while it looks for the fault', async (_case, before, during) => {
  const alter = { ADD: 'ADD COLUMN success Nullable(Bool)', DROP: 'DROP COLUMN success' } as Record<string, string>
  if (before === 'DROP') await run(`ALTER TABLE feature_usage ${alter.DROP}`)
  let probes = 0
  const meddled: Sink = {
    ...sink,
    async probe(table, rows) {
      probes += 1
      // Mended right after the rows were refused; broken right after the samples were accepted.
      try {
        await sink.probe(table, rows)
      } finally {
        if (probes === (during === 'ADD' ? 1 : 2)) await run(`ALTER TABLE feature_usage ${alter[during]}`)
      }
    },
  }
  // One insert fails, so that the writer looks: in the broken case nothing is wrong with the table yet.
  let inserts = 0
  meddled.insert = async (table, rows, token) => {
    inserts += 1
    if (during === 'DROP' && inserts === 1) throw Object.assign(new Error('refused'), { code: '27' })
    await sink.insert(table, rows, token)
  }
  if (during === 'DROP') await spoolEvent('feature_usage', 9, { seq: 'no number' }, {})
  await intake.submit([use(1)], fromServer)
  const writer = start(meddled)
  while (probes < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  if (during === 'DROP') {
    while (writer.stats().failures < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    await run(`ALTER TABLE feature_usage ${alter.ADD}`)
  }
  expect(await writer.drain(20_000)).toBe(true)
  expect(await stored()).toEqual({ views: [0, 0], uses: [1, 1], duplicates: 0, rejected: during === 'DROP' ? 1 : 0 })
})
