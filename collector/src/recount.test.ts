import { rebuild, verify } from '@offertrail/clickhouse'
import { events, eventTypes } from '@offertrail/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import { fromServer } from './ingest/testing.ts'
import { createIntake } from './intake/intake.ts'
import { createRecentIds } from './intake/recent-ids.ts'
import { sources } from './recount.ts'
import { schemaRoot, schemaVars } from './schema.ts'
import { openTestSpool, startTestWarehouse, startTestWriter } from './testing.ts'
import { createClickHouseSink } from './write/sink.ts'
import type { Writer } from './write/writer.ts'

let warehouse: Awaited<ReturnType<typeof startTestWarehouse>>
let spool: Awaited<ReturnType<typeof openTestSpool>>
let writer: Writer
const schema = { root: schemaRoot, vars: schemaVars(readConfig({})) }
const check = () => verify(warehouse.engine, schema, sources, writer.hold)
let id = 0

beforeAll(async () => {
  warehouse = await startTestWarehouse()
  spool = await openTestSpool()
  writer = startTestWriter(spool.spool, createClickHouseSink(warehouse.engine))
})
afterAll(async () => {
  await writer.close()
  await spool.remove()
  await warehouse.stop()
})

/** Every type of the contract, a little different each round, some of it twice. */
async function send(rounds: number): Promise<void> {
  const intake = createIntake({
    spool: spool.spool,
    recentIds: createRecentIds(1),
    tools: { newId: () => crypto.randomUUID() },
  })
  for (let round = 0; round < rounds; round += 1) {
    id += 1
    const batch = eventTypes.map((type, index) => ({
      ...events[type].sample,
      event_id: `0192f0c1-${String(id).padStart(4, '0')}-7000-8000-${String(index).padStart(12, '0')}`,
      timestamp: new Date(fromServer.receivedAt - id * 3_600_000 - index * 1_000).toISOString(),
      user_id: `user ${id % 3}`,
      session_id: `session ${id % 5}`,
      seq: index,
    }))
    await intake.submit([...batch, ...batch.slice(0, 3), { type: 'nope' }], {
      ...fromServer,
      receivedAt: fromServer.receivedAt,
    })
  }
  expect(await writer.drain(20_000)).toBe(true)
}

it('finds every KPI equal to the recount, after events of every type, while more arrive', async () => {
  await send(12)
  const [{ drift, views }] = await Promise.all([check(), send(6)])
  expect(drift).toEqual([])
  expect(views).toEqual(
    expect.arrayContaining([
      'user_sessions',
      'kpi_sessions_daily',
      'kpi_recommendations_daily',
      'kpi_data_quality_daily',
    ]),
  )
}, 120_000)

it('names the cells that differ, and a rebuild mends them while more arrive', async () => {
  const { engine } = warehouse
  await engine.client().command({
    query: "ALTER TABLE session_states DELETE WHERE session_id = 'session 1'",
    clickhouse_settings: { mutations_sync: '2' },
  })
  await engine.client().command({ query: 'TRUNCATE TABLE recommendation_states' })
  const { drift } = await check()
  expect(drift).toContainEqual({
    view: 'user_sessions',
    row: 'session_id=session 1',
    column: '',
    shown: undefined,
    recounted: expect.any(String),
  })
  expect(drift).toContainEqual(expect.objectContaining({ view: 'kpi_sessions_daily', column: 'sessions' }))
  expect(drift.some(({ view, shown }) => view === 'kpi_recommendations_daily' && shown === undefined)).toBe(true)

  const [tables] = await Promise.all([rebuild(engine, schema, sources, writer.hold), send(4)])
  expect(tables).toEqual(expect.arrayContaining(['session_states', 'recommendation_states', 'quality_states']))
  expect((await check()).drift).toEqual([])
  // What comes after the exchange reaches the tables that are there now.
  await send(2)
  expect((await check()).drift).toEqual([])
  expect(
    await warehouse.ask("SELECT count() AS left_behind FROM system.databases WHERE name LIKE '%scratch%'"),
  ).toEqual([{ left_behind: 0 }])
}, 180_000)
