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

const kpi = () => database.rows('SELECT * FROM user_retention ORDER BY user_id')

// Risk is about the days before now, so events lie there.
const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const ago = (days: number, minutes = 0) => new Date(Date.now() - days * DAY + minutes * MINUTE).toISOString()
const deliver = (events: object[]) => database.deliver(events, fromServer)
const sqlTime = (time: string) => time.replace('T', ' ').replace('Z', '')
const search = (at: string, fields: object) => event('interaction', at, { interaction_type: 'search', ...fields })
const recommended = (at: string, recommendation_id: string, fields: object = {}) =>
  event('recommendation', at, { recommendation_id, job_id: 'j', tier: 'optimal', recommendation_score: 5, ...fields })
const applied = (at: string, ids: [string, string], application_status: string, fields: object = {}) =>
  event('application', at, { recommendation_id: ids[0], application_id: ids[1], application_status, ...fields })

test('sums up a person and scores the risk and the value', async () => {
  const user = { user_id: 'ada' }
  const first = ago(60)
  const last = ago(20, 30)
  await deliver([
    pageView(first, { session_id: 's1', anonymous_id: ada }),
    pageView(ago(60, 30), { session_id: 's1', ...user }),
    pageView(ago(50), { session_id: 's2', ...user }),
    pageView(ago(50, 30), { session_id: 's2', ...user }),
    pageView(ago(20), { session_id: 's3', ...user }),
    pageView(last, { session_id: 's3', ...user }),
    event('feedback', ago(20, 5), { session_id: 's3', feedback_type: 'bug_report', rating: 4 }),
    event('feedback', ago(20, 6), { session_id: 's3', feedback_type: 'user_experience', rating: 5 }),
    event('feedback', ago(20, 7), { session_id: 's3', feedback_type: 'general_feedback', feedback_text: 'hm' }),
    // Told by servers, without a session: that is no activity of hers.
    recommended(ago(19), 'r1', user),
    recommended(ago(18), 'r1', user), // the same one again
    recommended(ago(18), 'r2', user),
    recommended(ago(18), 'r3', user),
    applied(ago(17), ['r1', 'a1'], 'submitted', user),
    applied(ago(9), ['r1', 'a1'], 'offer_accepted'), // by its recommendation it is hers
    applied(ago(9), ['r1', 'a1'], 'offer_accepted', user),
    applied(ago(17), ['r2', 'a2'], 'started', user),
    applied(ago(17), ['r3', 'a3'], 'rejected', user),
    applied(ago(17), ['r3', 'a4'], 'withdrawn', user),
    applied(ago(9), ['unknown', 'a5'], 'offer_accepted', user), // waits for its recommendation
  ])
  expect(await kpi()).toEqual([
    {
      user_id: 'ada',
      registration_date: first.slice(0, 10),
      last_activity: sqlTime(last),
      total_sessions: 3,
      total_time_spent: expect.closeTo(5_400, 0), // 3 times 30 minutes
      recommendations_received: 3,
      applications_submitted: 2, // a1 and a3
      successful_outcomes: 1, // a1
      satisfaction_avg: 4.5,
      engagement_score: expect.closeTo(30, 9), // of the last 30 days: 10 for s3, 20 for its minutes
      // 60 for 19.98 days + 0.3 * (100 - 30) + 0, because a third of the days is not more than 7
      churn_risk_score: expect.closeTo(81, 9),
      lifetime_value: expect.closeTo(913.5, 2), // (1,000 * 1 + 10 * 1.5 hours) * 4.5 / 5
    },
  ])
})

test.each([
  ['30 days and more', [30, -10], 100], // 80 + 0.3 * 100 (no session in 30 days) + 0 = 110, cut
  ['not quite 30 days', [30, 10], 72], // 60 + 0.3 * (100 - 60)
  ['more than 14 days', [14, -10], 72],
  ['not quite 14 days', [14, 10], 52], // 40 + 12
  ['more than 7 days', [7, -10], 52],
  ['not quite 7 days', [7, 10], 12], // 0 + 12
] as const)('the risk after %s', async (_words, [days, minutes], risk) => {
  // Five sessions with a conversion score 40 + 20, and 30 days / 5 is not more than 7.
  const visits = [1, 2, 3, 4, 5].map((n) =>
    event('session_end', ago(days, minutes), { session_id: `s${n}`, user_id: 'ada', conversion_events: 1 }),
  )
  await deliver(visits)
  expect(await kpi()).toMatchObject([{ total_sessions: 5, churn_risk_score: expect.closeTo(risk, 9) }])
})

test('the risk counts the days a session had to last, and those who never had one', async () => {
  await deliver([
    // 7.007 days / 1 session > 7: 40 + 0.3 * (100 - 10) + 30
    search(ago(7, -10), { session_id: 's1', user_id: 'ada' }),
    // 7.007 days / 2 sessions: 40 + 0.3 * (100 - 20)
    search(ago(7, -10), { session_id: 's2', user_id: 'ben' }),
    search(ago(7, -10), { session_id: 's3', user_id: 'ben' }),
    // no session: 0 + 0.3 * (100 - 2) + 50
    event('feature_use', ago(1), { user_id: 'cleo', feature_name: 'alerts' }),
    // no session and no activity of his at all: 0 + 0.3 * 100 + 50
    recommended(ago(6), 'r1', { user_id: 'dan' }),
    applied(ago(5), ['r1', 'a1'], 'submitted'),
  ])
  expect((await kpi()).map((row) => [row.user_id, row.churn_risk_score, row.total_sessions])).toEqual([
    ['ada', expect.closeTo(97, 9), 1],
    ['ben', expect.closeTo(64, 9), 2],
    ['cleo', expect.closeTo(79.4, 9), 0],
    ['dan', expect.closeTo(80, 9), 0],
  ])
})

test('whom nothing is known of but a recommendation was first and last seen by it', async () => {
  const at = ago(3)
  await deliver([recommended(at, 'r1', { user_id: 'dan' })])
  expect(await kpi()).toMatchObject([
    {
      registration_date: at.slice(0, 10),
      last_activity: sqlTime(at),
      total_time_spent: 0,
      recommendations_received: 1,
      applications_submitted: 0,
      satisfaction_avg: null, // not 0: nobody asked
      engagement_score: 0,
      lifetime_value: 0,
    },
  ])
})

test('hours are worth 500 at the most, and count in full without a rating', async () => {
  const year = [2, 3].map((n) => pageView(ago(400 - n * 100), { session_id: 's1', user_id: 'ada' }))
  await deliver(year)
  expect(await kpi()).toMatchObject([{ satisfaction_avg: null, lifetime_value: 500 }])
  await deliver([event('feedback', ago(150), { session_id: 's1', feedback_type: 'bug_report', rating: 1 })])
  expect(await kpi()).toMatchObject([{ satisfaction_avg: 1, lifetime_value: 100 }])
})

test('of two recommendations with one id the earliest stands, whoever it names', async () => {
  await deliver([recommended(ago(2), 'r1', { user_id: 'ben' }), recommended(ago(3), 'r1', { user_id: 'ada' })])
  expect(await kpi()).toMatchObject([{ user_id: 'ada', recommendations_received: 1 }])
})

test('leaves robots and nobody out, and what is made for them', async () => {
  await database.deliver(
    [pageView(ago(1), { session_id: 's1', anonymous_id: ada }), pageView(ago(1), { user_id: 'bo' })],
    {
      ...fromServer,
      fromBrowser: true,
      userAgent: robot,
    },
  )
  await deliver([
    recommended(ago(1), 'r1', { session_id: 's1', anonymous_id: ada }),
    applied(ago(1), ['r1', 'a1'], 'offer_accepted', { user_id: 'ada' }),
    recommended(ago(1), 'r2'),
    pageView(ago(1), { session_id: 's2' }),
  ])
  expect(await kpi()).toEqual([])
})

test('is the same in any order and after repetitions', async () => {
  const events = [
    pageView(ago(9), { session_id: 's1', anonymous_id: ada }),
    pageView(ago(9, 20), { session_id: 's1', user_id: 'ada' }),
    recommended(ago(8), 'r1', { user_id: 'ada' }),
    applied(ago(7), ['r1', 'a1'], 'submitted'),
    applied(ago(6), ['r1', 'a1'], 'offer_accepted'),
    event('feedback', ago(5), { user_id: 'ada', feedback_type: 'bug_report', rating: 3 }),
    event('feature_use', ago(5), { session_id: 's2', user_id: 'ben', feature_name: 'alerts' }),
  ]
  const columns = () => database.rows('SELECT * EXCEPT lifetime_value FROM user_retention ORDER BY user_id')
  await expectSameInAnyOrder(database, columns, events, fromServer)
})
