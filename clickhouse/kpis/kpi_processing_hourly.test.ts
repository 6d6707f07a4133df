import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const server = { keyKind: 'server', fromBrowser: false } as const
const kpi = () => database.rows('SELECT * FROM kpi_processing_hourly ORDER BY hour, process_name')
const run = (at: string, duration: number, fields: object = {}) =>
  event('processing', at, { process_name: 'matching', duration, success: true, ...fields })

test('gives each process and hour its runs, durations, failures and cost', async () => {
  await database.deliver(
    [
      run('09:00:00', 1),
      run('09:59:59.999', 3, { success: false }),
      run('09:30:00', 4, { cost: 0.25 }),
      run('09:30:00', 8, { cost: 0 }), // Free is a cost too.
      run('10:00:00', 2, { success: false }),
      run('09:10:00', 0.5, { process_name: 'parsing' }),
    ],
    server,
  )
  expect(await kpi()).toEqual([
    {
      hour: '2026-03-10 09:00:00',
      process_name: 'matching',
      runs: 4,
      avg_duration: 4, // (1 + 3 + 4 + 8) / 4
      p95_duration: expect.closeTo(7.4, 9), // 0.85 of the way from 4 to 8
      failure_rate: 25,
      cost: expect.closeTo(0.254, 12), // 1 s and 3 s at 0.001 a second, 0.25, 0
    },
    {
      hour: '2026-03-10 09:00:00',
      process_name: 'parsing',
      runs: 1,
      avg_duration: 0.5,
      p95_duration: 0.5,
      failure_rate: 0,
      cost: expect.closeTo(0.0005, 12),
    },
    {
      hour: '2026-03-10 10:00:00',
      process_name: 'matching',
      runs: 1,
      avg_duration: 2,
      p95_duration: 2,
      failure_rate: 100,
      cost: expect.closeTo(0.002, 12),
    },
  ])
})

test('counts a run that comes late in its hour, and one that comes twice once', async () => {
  const first = run('09:00:00', 1)
  await database.deliver([first], server)
  await database.deliver([run('09:20:00', 3), first], { ...server, receivedAt: Date.parse('2026-05-01T00:00:00.000Z') })
  expect(await kpi()).toMatchObject([{ hour: '2026-03-10 09:00:00', runs: 2, avg_duration: 2 }])
})

test('leaves out what was run for robots', async () => {
  await database.deliver(
    [
      run('09:00:00', 1, { context: { user_agent: robot } }),
      run('09:00:00', 2, { session_id: 's1' }),
      run('09:00:00', 5),
    ],
    server,
  )
  await database.deliver([pageView('09:00:01', { session_id: 's1' })], { userAgent: robot })
  expect(await kpi()).toMatchObject([{ runs: 1, avg_duration: 5 }])
})
