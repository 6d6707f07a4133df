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
const kpi = (settings = {}) => database.rows('SELECT * FROM kpi_api_hourly ORDER BY hour, endpoint, method', settings)
const call = (at: string, response_time: number, fields: object = {}) =>
  event('api_call', at, { endpoint: '/api/jobs/:id', method: 'GET', response_time, status_code: 200, ...fields })

test('gives each endpoint, method and hour its requests, times and failures', async () => {
  await database.deliver(
    [
      call('09:00:00', 100),
      call('09:59:59.999', 300, { status_code: 404 }),
      call('09:30:00', 2_000), // As long as it may take.
      call('09:30:00', 2_000.5, { status_code: 500 }),
      call('09:10:00', 600, { status_code: 399 }),
      call('10:00:00', 7, { status_code: 400 }),
      call('09:30:00', 5, { method: 'POST' }),
      call('09:30:00', 6, { endpoint: '/api/jobs' }),
    ],
    server,
  )
  const one = { requests: 1, error_rate: 0, server_error_rate: 0, slow_rate: 0 }
  const all = (ms: number) => ({ avg_response_time: ms, p50: ms, p95: ms, p99: ms, max: ms })
  expect(await kpi()).toEqual([
    { hour: '2026-03-10 09:00:00', endpoint: '/api/jobs', method: 'GET', ...one, ...all(6) },
    {
      hour: '2026-03-10 09:00:00',
      endpoint: '/api/jobs/:id',
      method: 'GET',
      requests: 5,
      avg_response_time: expect.closeTo(1_000.1, 9), // (100 + 300 + 600 + 2,000 + 2,000.5) / 5
      p50: 600, // the third
      p95: expect.closeTo(2_000.4, 9), // 0.8 of the way from the fourth to the fifth
      p99: expect.closeTo(2_000.48, 9), // 0.96 of it
      max: 2_000.5,
      error_rate: 40, // 404 and 500 of five
      server_error_rate: 20,
      slow_rate: 20, // 2,000.5 alone is over 2,000
    },
    { hour: '2026-03-10 09:00:00', endpoint: '/api/jobs/:id', method: 'POST', ...one, ...all(5) },
    { hour: '2026-03-10 10:00:00', endpoint: '/api/jobs/:id', method: 'GET', ...one, ...all(7), error_rate: 100 },
  ])
})

test('takes the mean of the two middle ones of an even number', async () => {
  await database.deliver(
    [call('09:00:00', 400), call('09:00:01', 100), call('09:00:02', 200), call('09:00:03', 300)],
    server,
  )
  expect(await kpi()).toMatchObject([{ requests: 4, p50: 250, avg_response_time: 250 }])
})

test('counts a request that comes late in the hour it happened, and one that comes twice once', async () => {
  const late = { ...server, receivedAt: Date.parse('2026-05-01T00:00:00.000Z') }
  const first = call('09:00:00', 100)
  await database.deliver([first, call('10:00:00', 1)], server)
  await database.deliver([call('09:20:00', 300), first], late)
  expect(await kpi()).toMatchObject([
    { hour: '2026-03-10 09:00:00', requests: 2, avg_response_time: 200 },
    { hour: '2026-03-10 10:00:00', requests: 1 },
  ])
})

test('leaves robots out: what they are said to have asked for, and all of a session one showed itself in', async () => {
  await database.deliver([call('09:00:00', 100, { context: { user_agent: robot } }), call('09:00:00', 1)], server)
  await database.deliver(
    [call('09:00:00', 200, { session_id: 's1' }), call('09:00:00', 3, { session_id: 's2' })],
    server,
  )
  expect(await kpi()).toMatchObject([{ requests: 3 }])
  await database.deliver([pageView('09:00:01', { session_id: 's1' })], { userAgent: robot })
  expect(await kpi()).toMatchObject([{ requests: 2, avg_response_time: 2, max: 3 }])
})

test('reads the projection, which says the same as the rows, also after rows are deleted', async () => {
  const calls = Array.from({ length: 300 }, (_, i) =>
    call(`0${i % 3}:00:00`, (i * 7_919) % 1_009, {
      status_code: i % 10 === 0 ? 503 : 200,
      ...(i % 2 === 1 && { session_id: `s${i % 7}` }),
    }),
  )
  await database.deliver(calls.slice(0, 200), server)
  await database.deliver(calls.slice(200), server)
  const plain = await kpi({ optimize_use_projections: 0 })
  expect(plain).toMatchObject([{ requests: 100 }, { requests: 100 }, { requests: 100 }])
  const [{ plan }] = (await database.rows(
    "SELECT arrayStringConcat(groupArray(explain), '\\n') AS plan FROM (EXPLAIN SELECT * FROM kpi_api_hourly)",
  )) as [{ plan: string }]
  expect(plan).toContain('ReadFromMergeTree (by_hour)')
  expect(plan).not.toContain('api_performance')
  expect(await kpi()).toEqual(plain)
  for (const [statement, requests] of [
    ["DELETE FROM api_performance WHERE session_id = 's1'", 278], // i = 1, 15, 29, ... 295: 22 of them
    ["ALTER TABLE api_performance DELETE WHERE session_id = 's2'", 257], // i = 9, 23, ... 289: 21
  ] as const) {
    await database.run(statement)
    const rest = await kpi()
    expect(rest.reduce((sum, row) => sum + Number(row.requests), 0)).toBe(requests)
    expect(rest).toEqual(await kpi({ optimize_use_projections: 0 }))
  }
})
