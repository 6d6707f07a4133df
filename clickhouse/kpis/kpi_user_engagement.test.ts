import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ada, event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const kpi = () => database.rows('SELECT * FROM kpi_user_engagement ORDER BY user_id')

// This KPI is about the last 30 days, so its events lie before now.
const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const now = Date.now()
const ago = (days: number, minutes = 0) => new Date(now - days * DAY + minutes * MINUTE).toISOString()
const deliver = (events: object[], delivery: object = {}) => database.deliver(events, { receivedAt: now, ...delivery })
const use = (at: string, feature_name: string, fields: object) => event('feature_use', at, { feature_name, ...fields })

test('scores sessions, minutes, conversions, features and bounces', async () => {
  const complete = { interaction_type: 'application_complete' }
  await deliver([
    // 3 minutes, 2 page views, a conversion; ada is known only at its end.
    pageView(ago(3), { session_id: 's1', anonymous_id: ada }),
    use(ago(3, 1), 'calculator', { session_id: 's1', anonymous_id: ada }),
    pageView(ago(3, 2), { session_id: 's1', anonymous_id: ada }),
    event('interaction', ago(3, 3), { session_id: 's1', user_id: 'ada', ...complete }),
    // 1 minute, 1 page view.
    pageView(ago(2), { session_id: 's2', user_id: 'ada' }),
    use(ago(2, 1), 'calculator', { session_id: 's2', user_id: 'ada' }),
    // 0 minutes, 1 page view.
    pageView(ago(1), { session_id: 's3', user_id: 'ada' }),
    // A feature without a session.
    use(ago(1), 'alerts', { user_id: 'ada' }),
  ])
  const minutes = 4 / 3 // (3 + 1 + 0) / 3
  const conversions = 100 / 3 // 1 of 3 sessions
  const bounces = 200 / 3 // 2 of 3 sessions
  expect(await kpi()).toEqual([
    {
      user_id: 'ada',
      sessions: 3,
      avg_session_minutes: expect.closeTo(minutes, 9),
      conversion_rate: expect.closeTo(conversions, 9),
      features_used: 2, // calculator and alerts
      bounce_rate: expect.closeTo(bounces, 9),
      // 30 for sessions + 6.67 + 6.67 + 4 for features - 3.33 = 44
      engagement_score: expect.closeTo(30 + 5 * minutes + 0.2 * conversions + 4 - 0.2 * (bounces - 50), 9),
    },
  ])
})

test('caps each part of the score, and the score at 100', async () => {
  const features = Array.from({ length: 12 }, (_, n) => use(ago(5), `feature_${n}`, { user_id: 'ada' }))
  const visits = [1, 2, 3, 4, 5].flatMap((day) => [
    pageView(ago(day), { session_id: `s${day}`, user_id: 'ada' }),
    pageView(ago(day, 60), { session_id: `s${day}`, user_id: 'ada' }),
    event('session_end', ago(day, 60), { session_id: `s${day}`, conversion_events: 1 }),
  ])
  await deliver([...features, ...visits])
  // min(50, 40) + min(5 * 60, 20) + 0.2 * 100 + min(24, 20) - 0 = 100
  expect(await kpi()).toMatchObject([
    {
      sessions: 5,
      avg_session_minutes: 60,
      conversion_rate: 100,
      features_used: 12,
      bounce_rate: 0,
      engagement_score: 100,
    },
  ])
})

test('a person without a session has a score of their features, and no rates', async () => {
  await deliver([use(ago(1), 'alerts', { anonymous_id: ada })])
  expect(await kpi()).toEqual([
    {
      user_id: ada,
      sessions: 0,
      avg_session_minutes: null,
      conversion_rate: null,
      features_used: 1,
      bounce_rate: null,
      engagement_score: 2,
    },
  ])
})

test('a session without page views has no bounce rate, and loses nothing by it', async () => {
  await deliver([event('error', ago(1), { session_id: 's1', user_id: 'ada', error_type: 'E', error_message: 'x' })])
  expect(await kpi()).toMatchObject([{ sessions: 1, bounce_rate: null, engagement_score: 10 }])
})

test('counts sessions that started and features that were used in the last 30 days only', async () => {
  await deliver([
    pageView(ago(31), { session_id: 's1', user_id: 'ada' }),
    use(ago(31), 'old', { session_id: 's1', user_id: 'ada' }),
    pageView(ago(29), { session_id: 's2', user_id: 'ada' }),
    // Started before, used within: the feature counts, the session does not.
    pageView(ago(30, -10), { session_id: 's3', user_id: 'ben' }),
    use(ago(30, 60), 'alerts', { session_id: 's3', user_id: 'ben' }),
  ])
  expect(await kpi()).toMatchObject([
    { user_id: 'ada', sessions: 1, features_used: 0, bounce_rate: 100, engagement_score: 0 }, // 10 - 0.2 * 50
    { user_id: 'ben', sessions: 0, features_used: 1, engagement_score: 2 },
  ])
})

test('leaves robots and nobody out', async () => {
  await deliver([pageView(ago(1), { session_id: 's1', user_id: 'ada' }), use(ago(1), 'alerts', { user_id: 'ada' })], {
    userAgent: robot,
  })
  await deliver([pageView(ago(1), { session_id: 's2' }), use(ago(1), 'alerts', {})])
  expect(await kpi()).toEqual([])
})
