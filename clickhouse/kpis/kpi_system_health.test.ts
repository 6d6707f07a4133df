import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const server = () => ({ keyKind: 'server', fromBrowser: false, receivedAt: Date.now() }) as const
const kpi = async () => (await database.rows('SELECT * FROM kpi_system_health')) as [Record<string, unknown>]
/** The time that many seconds ago. Tests keep a minute away from the edge of the 5 minutes. */
const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString()
const sample = (cpu_usage: number, memory_usage: number, fields: object = {}, at = ago(10)) =>
  event('system_sample', at, { cpu_usage, memory_usage, disk_usage: 99, ...fields })
const call = (response_time: number, status_code = 200, at = ago(10), fields: object = {}) =>
  event('api_call', at, { endpoint: '/api', method: 'GET', response_time, status_code, ...fields })
const calls = (failed: number, of: number, ms = 10) =>
  Array.from({ length: of }, (_, i) => call(ms, i < failed ? 500 : 200))

test('is the average of the samples, and the requests, of the last 5 minutes', async () => {
  await database.deliver(
    [
      sample(60, 50, { host: 'a' }),
      sample(90, 60, { host: 'a' }, ago(120)),
      sample(75, 73, { host: 'b' }, ago(-60)), // Its clock is ahead: it counts as now.
      sample(100, 100, { host: 'b' }, ago(360)),
      ...[1_000, 2_000, 3_000, 4_000, 5_000].map((ms) => call(ms)),
      ...Array.from({ length: 20 }, () => call(100)),
      call(9_999, 500, ago(360)),
    ],
    server(),
  )
  expect(await kpi()).toEqual([
    {
      cpu_usage: 75, // (60 + 90 + 75) / 3
      memory_usage: 61, // (50 + 60 + 73) / 3
      error_rate: 0,
      p95_response_time: expect.closeTo(3_800, 9), // of 25: 0.8 of the way from the 23rd, 3,000, to the 24th, 4,000
      status: 'degraded', // cpu over 70; response time has no part in the status
      health_score: expect.closeTo(10, 9), // 3,800 is 0.9 of the way from 2,000 to 4,000; cpu 0.25 from 70 to 90
    },
  ])
})

test.each<[string, object[], string, number]>([
  ['all well', [sample(70, 75), ...calls(2, 100)], 'healthy', 100],
  ['cpu over 70', [sample(70.2, 0)], 'degraded', 99], // 0.2 of 20
  ['cpu at 80', [sample(80, 0)], 'degraded', 50],
  ['cpu over 80', [sample(81, 0)], 'warning', 45],
  ['cpu at 90', [sample(90, 0)], 'warning', 0],
  ['cpu over 90', [sample(90.1, 0)], 'critical', 0],
  ['memory over 75', [sample(0, 76)], 'degraded', 95], // 1 of 20
  ['memory over 85', [sample(0, 86)], 'warning', 45],
  ['memory over 95', [sample(0, 96)], 'critical', 0],
  ['3 % errors', calls(3, 100), 'degraded', 87.5], // 1 of 8
  ['6 % errors', calls(6, 100), 'warning', 50],
  ['11 % errors', calls(11, 100), 'critical', 0],
  ['slow and nothing else', calls(0, 10, 3_500), 'healthy', 25], // 1,500 of 2,000
  ['slower than slow', calls(0, 10, 60_000), 'healthy', 0],
  ['the worst of several', [sample(71, 86), ...calls(3, 100)], 'warning', 45],
])('%s', async (_what, events, status, score) => {
  await database.deliver(events, server())
  expect(await kpi()).toMatchObject([{ status, health_score: expect.closeTo(score, 9) }])
})

test('leaves out of the worst what is not known', async () => {
  await database.deliver([sample(75, 10)], server())
  expect(await kpi()).toEqual([
    {
      cpu_usage: 75,
      memory_usage: 10,
      error_rate: null,
      p95_response_time: null,
      status: 'degraded',
      health_score: 75,
    },
  ])
  await database.clear()
  await database.deliver([call(2_500)], server())
  expect(await kpi()).toEqual([
    {
      cpu_usage: null,
      memory_usage: null,
      error_rate: 0,
      p95_response_time: 2_500,
      status: 'healthy',
      health_score: 75,
    },
  ])
})

test('has one row also when nothing is known, and does not call that healthy', async () => {
  const nothing = {
    cpu_usage: null,
    memory_usage: null,
    error_rate: null,
    p95_response_time: null,
    status: null,
    health_score: null,
  }
  expect(await kpi()).toEqual([nothing])
  const settings = { empty_result_for_aggregation_by_empty_set: 1 }
  expect(await database.rows('SELECT * FROM kpi_system_health', settings)).toEqual([nothing])
  await database.deliver([sample(99, 99, {}, ago(3_600)), call(9_000, 500, ago(3_600))], server())
  expect(await kpi()).toEqual([nothing])
})

test('leaves robots out', async () => {
  await database.deliver([call(9_000, 500, ago(10), { context: { user_agent: robot } })], server())
  await database.deliver([call(9_000, 500, ago(10), { session_id: 's1' })], server())
  await database.deliver([pageView(ago(5), { session_id: 's1' })], { userAgent: robot, receivedAt: Date.now() })
  expect(await kpi()).toMatchObject([{ error_rate: null, status: null }])
})
