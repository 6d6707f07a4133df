import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

// Long after, so that outcomes may have taken their time.
const server = { keyKind: 'server', fromBrowser: false, receivedAt: Date.parse('2026-06-01T00:00:00.000Z') } as const
const kpi = () => database.rows('SELECT * FROM kpi_cost_daily ORDER BY date')
const run = (at: string, duration: number, fields: object = {}) =>
  event('processing', at, { process_name: 'matching', duration, success: true, ...fields })
const made = (recommendation_id: string, at = '09:00:00', fields: object = {}) =>
  event('recommendation', at, { recommendation_id, job_id: 'j', tier: 'optimal', recommendation_score: 7, ...fields })
const application = (
  recommendation_id: string,
  application_id: string,
  application_status: string,
  at = '2026-04-20T12:00:00.000Z',
) => event('application', at, { recommendation_id, application_id, application_status })

test("divides the day's cost by what came of the day's recommendations, whenever it came", async () => {
  await database.deliver(
    [
      run('09:00:00', 100), // 0.1 by the rate of 0.001 a second
      run('23:59:59.999', 7, { cost: 0.3 }),
      made('r1'),
      made('r2'),
      made('r3'),
      made('r4', '23:59:59.999'),
      application('r1', 'a1', 'submitted'),
      application('r1', 'a1', 'offer_received'),
      application('r1', 'a1', 'offer_declined'), // Two steps of one offer.
      application('r2', 'a2', 'started'),
      application('r2', 'a3', 'rejected'), // Applied again, under another id.
      application('r3', 'a4', 'offer_accepted'),
      // The next day: a recommendation, whose process told of no run, and the outcome of nothing we know.
      made('r5', '2026-03-11T00:00:00.000Z'),
      application('r5', 'a5', 'submitted'),
      application('never made', 'a6', 'offer_accepted'),
      // And a day with nothing but cost.
      run('2026-03-12T10:00:00.000Z', 2_000),
    ],
    server,
  )
  expect(await kpi()).toEqual([
    {
      date: '2026-03-10',
      cost: expect.closeTo(0.4, 12),
      recommendations: 4,
      cost_per_recommendation: expect.closeTo(0.1, 12),
      applications: 4, // a1 to a4
      cost_per_application: expect.closeTo(0.1, 12),
      offers: 2, // a1, a4
      cost_per_offer: expect.closeTo(0.2, 12),
    },
    {
      date: '2026-03-11',
      cost: 0,
      recommendations: 1,
      cost_per_recommendation: null, // No run is known: what it cost is not known either.
      applications: 1,
      cost_per_application: null,
      offers: 0,
      cost_per_offer: null,
    },
    {
      date: '2026-03-12',
      cost: expect.closeTo(2, 12),
      recommendations: 0,
      cost_per_recommendation: null,
      applications: 0,
      cost_per_application: null,
      offers: 0,
      cost_per_offer: null,
    },
  ])
})

test('costs nothing, rather than an unknown amount, where runs say they were free', async () => {
  await database.deliver([run('09:00:00', 5, { cost: 0 }), made('r1'), application('r1', 'a1', 'submitted')], server)
  expect(await kpi()).toMatchObject([
    { cost: 0, cost_per_recommendation: 0, cost_per_application: 0, cost_per_offer: null },
  ])
})

test('of two events with one recommendation id the earliest stands, whichever comes first', async () => {
  await database.deliver([made('r1', '2026-03-11T00:00:00.000Z'), application('r1', 'a1', 'submitted')], server)
  expect(await kpi()).toMatchObject([{ date: '2026-03-11', recommendations: 1, applications: 1 }])
  await database.deliver([made('r1', '2026-03-10T23:59:59.999Z', { tier: 'stretch' })], server)
  expect(await kpi()).toMatchObject([{ date: '2026-03-10', recommendations: 1, applications: 1 }])
})

test('an application of several recommendations is one, of the earliest', async () => {
  await database.deliver(
    [
      made('r1', '2026-03-11T09:00:00.000Z'),
      made('r2'),
      made('r3'),
      application('r1', 'a1', 'offer_received'),
      application('r2', 'a1', 'submitted'),
      application('r3', 'a1', 'submitted'),
    ],
    server,
  )
  expect(await kpi()).toMatchObject([
    { date: '2026-03-10', recommendations: 2, applications: 1, offers: 1 },
    { date: '2026-03-11', recommendations: 1, applications: 0, offers: 0 },
  ])
})

test('an outcome waits for a recommendation that comes after it', async () => {
  await database.deliver([application('r1', 'a1', 'offer_accepted')], server)
  expect(await kpi()).toEqual([])
  await database.deliver([made('r1')], server)
  expect(await kpi()).toMatchObject([{ date: '2026-03-10', recommendations: 1, applications: 1, offers: 1 }])
})

test('leaves robots out', async () => {
  const context = { user_agent: robot }
  await database.deliver(
    [
      made('r1', '09:00:00', { context }),
      made('r2', '09:00:00', { session_id: 's1' }),
      run('09:00:00', 1, { context }),
      run('09:00:00', 1, { session_id: 's1' }),
      application('r1', 'a1', 'submitted'),
      application('r2', 'a2', 'submitted'),
    ],
    server,
  )
  await database.deliver([pageView('09:00:01', { session_id: 's1' })], { userAgent: robot })
  expect(await kpi()).toEqual([])
})
