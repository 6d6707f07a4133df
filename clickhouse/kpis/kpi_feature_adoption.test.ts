import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ada, ben, event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const kpi = () => database.rows('SELECT * FROM kpi_feature_adoption ORDER BY date, feature_name')
const use = (at: string, feature_name: string, fields: object) => event('feature_use', at, { feature_name, ...fields })

test('counts the people who used a feature among those who were active that day', async () => {
  await database.deliver([
    // Ada uses the calculator before and after she signs in: one person.
    use('09:00:00', 'calculator', { session_id: 's1', anonymous_id: ada, time_spent: 10, success: true }),
    use('09:05:00', 'calculator', {
      session_id: 's1',
      anonymous_id: ada,
      user_id: 'ada',
      time_spent: 40,
      satisfaction_score: 4,
    }),
    // Ben uses it without a session, and says neither how long nor how he liked it.
    use('10:00:00', 'calculator', { anonymous_id: ben, success: false }),
    use('10:01:00', 'alerts', { anonymous_id: ben }),
    // Cleo and Dan only look.
    pageView('11:00:00', { session_id: 's2', user_id: 'cleo' }),
    pageView('11:00:00', { user_id: 'dan' }),
  ])
  expect(await kpi()).toEqual([
    {
      date: '2026-03-10',
      feature_name: 'alerts',
      users: 1,
      uses: 1,
      adoption_rate: 25, // ben of ada, ben, cleo, dan
      avg_time_spent: null,
      success_rate: null,
      avg_satisfaction: null,
    },
    {
      date: '2026-03-10',
      feature_name: 'calculator',
      users: 2, // ada and ben
      uses: 3,
      adoption_rate: 50, // 2 of 4
      avg_time_spent: 25, // (10 + 40) / 2
      success_rate: 50, // one true, one false, one that says nothing
      avg_satisfaction: 4,
    },
  ])
})

test('a person is active on each day their session has events, whoever they turn out to be later', async () => {
  await database.deliver(
    [
      use('2026-03-10T23:59:00.000Z', 'alerts', { session_id: 's1', anonymous_id: ada }),
      pageView('2026-03-11T00:00:00.000Z', { session_id: 's1', anonymous_id: ada, user_id: 'ada' }),
      // The same Ada elsewhere on the first day: not a second person.
      pageView('2026-03-10T12:00:00.000Z', { session_id: 's2', user_id: 'ada' }),
      use('2026-03-11T12:00:00.000Z', 'alerts', { session_id: 's3', user_id: 'ben' }),
    ],
    { receivedAt: Date.parse('2026-03-11T12:00:01.000Z') },
  )
  expect(await kpi()).toMatchObject([
    { date: '2026-03-10', users: 1, adoption_rate: 100 }, // ada of ada
    { date: '2026-03-11', users: 1, adoption_rate: 50 }, // ben of ada and ben
  ])
})

test('what a server does for people who are not there makes nobody active', async () => {
  const server = { keyKind: 'server', fromBrowser: false } as const
  await database.deliver([use('09:00:00', 'alerts', { user_id: 'ada' })], server)
  await database.deliver(
    [
      event('recommendation', '03:00:00', { user_id: 'ben', job_id: 'j1', tier: 'optimal', recommendation_score: 7 }),
      event('income', '03:00:00', { user_id: 'cleo', current_salary: 50_000 }),
      event('processing', '03:00:00', { user_id: 'dan', process_name: 'nightly', duration: 2, success: true }),
    ],
    server,
  )
  expect(await kpi()).toMatchObject([{ users: 1, adoption_rate: 100 }])
})

test('uses by nobody we know count as uses, not as people', async () => {
  await database.deliver([use('09:00:00', 'alerts', {}), use('09:01:00', 'alerts', { session_id: 's1' })])
  expect(await kpi()).toMatchObject([{ users: 0, uses: 2, adoption_rate: null }])
})

test('leaves robots out: their sessionless uses, and all of a session that one of them made', async () => {
  await database.deliver(
    [use('09:00:00', 'alerts', { anonymous_id: ben }), pageView('09:00:00', { session_id: 's1' })],
    {
      userAgent: robot,
    },
  )
  await database.deliver([
    use('09:01:00', 'alerts', { session_id: 's1', user_id: 'ben' }),
    use('09:01:00', 'alerts', { session_id: 's2', user_id: 'ada' }),
  ])
  expect(await kpi()).toMatchObject([{ users: 1, uses: 1, adoption_rate: 100 }])
})
