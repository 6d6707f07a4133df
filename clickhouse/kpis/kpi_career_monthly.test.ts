import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectSameInAnyOrder, fromServer } from './testing/any-order.ts'
import { ada, ben, event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const kpi = () => database.rows('SELECT * FROM kpi_career_monthly ORDER BY month')
const step = (day: string, advancement_type: string, fields: object = {}) =>
  event('career_advancement', `${day}T09:00:00.000Z`, { user_id: 'ada', advancement_type, ...fields })

test('counts steps by type, and people who got on among those active', async () => {
  await database.deliver([
    pageView('09:00:00', { session_id: 's1', user_id: 'ada' }),
    pageView('09:00:00', { session_id: 's2', anonymous_id: ben }),
    pageView('09:00:00', { session_id: 's3', user_id: 'cleo' }),
    pageView('09:00:00', { user_id: 'dan' }), // active without a session
  ])
  await database.deliver(
    [
      step('2026-03-01', 'promotion'),
      step('2026-03-31', 'promotion'),
      step('2026-03-31', 'role_change'),
      step('2026-03-05', 'role_change', { user_id: 'eve' }), // no longer visits
      step('2026-03-05', 'salary_increase'),
      step('2026-03-05', 'skill_development'),
      step('2026-03-05', 'certification', { user_id: 'dan' }),
      step('2026-03-05', 'education'),
      step('2026-03-05', 'networking'),
      step('2026-03-05', 'networking'),
      step('2026-03-05', 'mentorship'),
    ],
    fromServer,
  )
  expect(await kpi()).toEqual([
    {
      month: '2026-03-01',
      active_users: 5, // ada, ben's browser, cleo, dan, and eve of whom a step was told
      promotions: 2,
      role_changes: 2,
      advancement_rate: 40, // ada and eve of five
      salary_increases: 1,
      skill_developments: 1,
      certifications: 1,
      education: 1,
      networking: 2,
      mentorships: 1,
    },
  ])
})

test('knows the person of a step from the session it names, and counts a person once', async () => {
  await database.deliver([
    pageView('09:00:00', { session_id: 's1', anonymous_id: ada }),
    pageView('09:01:00', { session_id: 's1', user_id: 'ada' }),
    pageView('10:00:00', { session_id: 's2', user_id: 'ben' }),
  ])
  await database.deliver([step('2026-03-20', 'promotion', { user_id: undefined, session_id: 's1' })], fromServer)
  expect(await kpi()).toMatchObject([{ active_users: 2, promotions: 1, advancement_rate: 50 }])
})

test('keeps months apart: a session over their end was active in both', async () => {
  await database.deliver(
    [
      pageView('2026-02-28T23:59:00.000Z', { session_id: 's1', user_id: 'ada' }),
      pageView('2026-03-01T00:01:00.000Z', { session_id: 's1', user_id: 'ada' }),
      step('2026-02-28', 'promotion', { user_id: 'ben' }),
    ],
    fromServer,
  )
  expect(await kpi()).toMatchObject([
    { month: '2026-02-01', active_users: 2, promotions: 1, advancement_rate: 50 },
    { month: '2026-03-01', active_users: 1, promotions: 0, advancement_rate: 0 },
  ])
})

test('a step of nobody is counted, and has no rate where nobody was active', async () => {
  await database.deliver([step('2026-03-20', 'promotion', { user_id: undefined })], fromServer)
  expect(await kpi()).toMatchObject([{ active_users: 0, promotions: 1, advancement_rate: null }])
})

test('leaves robots out', async () => {
  await database.deliver([pageView('09:00:00', { session_id: 's1', anonymous_id: ada })], { userAgent: robot })
  await database.deliver([step('2026-03-10', 'promotion', { session_id: 's1' })], fromServer)
  await database.deliver([step('2026-03-10', 'promotion', { context: { user_agent: robot } })], fromServer)
  expect(await kpi()).toEqual([])
})

test('is the same in any order and after repetitions', async () => {
  const events = [
    pageView('2026-03-02T09:00:00.000Z', { session_id: 's1', user_id: 'ada' }),
    step('2026-03-20', 'promotion'),
    step('2026-03-21', 'mentorship', { user_id: 'ben' }),
    pageView('2026-03-30T09:00:00.000Z', { session_id: 's2', user_id: 'cleo' }),
  ]
  await expectSameInAnyOrder(database, kpi, events, fromServer)
})
