import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectSameInAnyOrder, fromServer } from './testing/any-order.ts'
import { ada, event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const kpi = () => database.rows('SELECT * FROM kpi_roi ORDER BY month')
const at = (day: string) => `${day}T09:00:00.000Z`
const recommended = (day: string, recommendation_id: string, fields: object = {}) =>
  event('recommendation', at(day), {
    recommendation_id,
    job_id: 'j',
    tier: 'optimal',
    recommendation_score: 5,
    user_id: 'ada',
    ...fields,
  })
const applied = (day: string, ids: [string, string], application_status: string, fields: object = {}) =>
  event('application', at(day), { recommendation_id: ids[0], application_id: ids[1], application_status, ...fields })
const raise = (day: string, before: number | undefined, now: number, fields: object = {}) =>
  event('income', at(day), {
    user_id: 'ada',
    previous_salary: before,
    current_salary: now,
    verified: true,
    ...fields,
  })
const processed = (day: string, duration: number, fields: object = {}) =>
  event('processing', at(day), { process_name: 'recommendation_workflow', duration, success: true, ...fields })

test('sets verified raises of people who applied against the cost of processing', async () => {
  await database.deliver(
    [
      recommended('2026-03-01', 'r1'),
      recommended('2026-03-02', 'r2'),
      applied('2026-03-03', ['r1', 'a1'], 'started', { user_id: 'ada' }),
      applied('2026-04-03', ['r2', 'a2'], 'offer_accepted', { user_id: 'ada' }),
      applied('2026-04-04', ['r2', 'a2'], 'offer_accepted', { user_id: 'ada' }), // told twice
      applied('2026-04-04', ['unknown', 'a3'], 'offer_accepted', { user_id: 'ben' }), // waits for its recommendation
      raise('2026-03-10', 50_000, 55_000), // + 5,000
      raise('2026-03-11', undefined, 57_500), // + 2,500 on what was known before
      raise('2026-03-12', 57_500, 50_000), // not positive
      raise('2026-03-13', 10, 99_000, { verified: false }),
      raise('2026-03-13', 10, 99_000, { verified: undefined }),
      raise('2026-03-14', 10, 99_000, { user_id: 'ben' }), // did not apply
      raise('2026-03-15', 10, 99_000, { currency: 'EUR' }),
      processed('2026-03-31', 500, { cost: 2 }), // 2, as given
      processed('2026-03-31', 500, { success: false }), // 500 s * 0.001
    ],
    fromServer,
  )
  expect(await kpi()).toEqual([
    {
      month: '2026-03-01',
      salary_increase: 7_500, // 5,000 + 2,500
      cost: expect.closeTo(2.5, 9),
      roi_percentage: expect.closeTo(299_900, 6), // (7,500 - 2.5) / 2.5 = 2,999
      successful_outcomes: 1, // a2, of a recommendation made in March
      cost_per_success: expect.closeTo(2.5, 9),
      other_currency: 1,
    },
  ])
})

test('puts an accepted offer into the month of its recommendation, and has no rate of nothing', async () => {
  await database.deliver(
    [
      recommended('2026-01-31', 'r1'),
      applied('2026-02-20', ['r1', 'a1'], 'offer_accepted'),
      processed('2026-02-20', 1_000),
      raise('2026-03-01', 10, 30),
    ],
    fromServer,
  )
  const nothing = { salary_increase: 0, cost: 0, roi_percentage: null, cost_per_success: null, other_currency: 0 }
  expect(await kpi()).toEqual([
    { ...nothing, month: '2026-01-01', successful_outcomes: 1 }, // what it cost was not told
    { ...nothing, month: '2026-02-01', cost: 1, roi_percentage: -100, successful_outcomes: 0 },
    // Ada, whom the recommendation was for, though the application names nobody.
    { ...nothing, month: '2026-03-01', salary_increase: 20, successful_outcomes: 0 },
  ])
})

test('an application counts once its recommendation comes', async () => {
  await database.deliver(
    [applied('2026-03-03', ['r1', 'a1'], 'offer_accepted'), raise('2026-03-10', 10, 30)],
    fromServer,
  )
  expect(await kpi()).toEqual([])
  await database.deliver([recommended('2026-03-01', 'r1')], fromServer)
  expect(await kpi()).toMatchObject([{ salary_increase: 20, successful_outcomes: 1 }])
})

test('leaves robots out, and what is done for them', async () => {
  await database.deliver([pageView('09:00:00', { session_id: 's1', anonymous_id: ada })], { userAgent: robot })
  const inRobotSession = { session_id: 's1' }
  await database.deliver(
    [
      recommended('2026-03-10', 'r1', inRobotSession),
      applied('2026-03-10', ['r1', 'a1'], 'offer_accepted', { user_id: 'ada' }),
      raise('2026-03-10', 10, 30),
      processed('2026-03-10', 10, inRobotSession),
    ],
    fromServer,
  )
  expect(await kpi()).toEqual([])
})

test('is the same in any order and after repetitions', async () => {
  const events = [
    recommended('2026-03-01', 'r1'),
    applied('2026-03-03', ['r1', 'a1'], 'submitted'),
    applied('2026-03-04', ['r1', 'a1'], 'offer_accepted', { user_id: 'ada' }),
    raise('2026-02-10', undefined, 40_000),
    raise('2026-03-10', undefined, 50_000),
    processed('2026-03-10', 3, { cost: 0.25 }),
  ]
  await expectSameInAnyOrder(database, kpi, events, fromServer)
})
