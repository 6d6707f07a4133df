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

const kpi = () => database.rows('SELECT * FROM daily_analytics_summary ORDER BY date')
const at = (day: number, time: string) => `2026-03-${day}T${time}Z`
const recommended = (time: string, recommendation_id: string, fields: object = {}) =>
  event('recommendation', time, { recommendation_id, job_id: 'j', tier: 'optimal', recommendation_score: 5, ...fields })
const applied = (time: string, ids: [string, string], application_status: string) =>
  event('application', time, { recommendation_id: ids[0], application_id: ids[1], application_status })
const call = (time: string, status_code: number, response_time: number, fields: object = {}) =>
  event('api_call', time, { endpoint: '/jobs', method: 'GET', status_code, response_time, ...fields })
const rated = (time: string, rating: number | undefined, fields: object = {}) =>
  event('feedback', time, { feedback_type: 'user_experience', user_id: 'ada', rating, ...fields })
const uploaded = (time: string, event_type: string, fields: object = {}) =>
  event('resume', time, { event_type, ...fields })

test('sums up each day', async () => {
  await database.deliver(
    [
      // 10 March: ada (30 s, an application), ben's browser (90.5 s), cleo without a session.
      pageView(at(10, '09:00:00'), { session_id: 's1', anonymous_id: ada }),
      event('interaction', at(10, '09:00:30'), {
        session_id: 's1',
        user_id: 'ada',
        interaction_type: 'application_complete',
      }),
      pageView(at(10, '10:00:00'), { session_id: 's2', anonymous_id: ben }),
      pageView(at(10, '10:01:30.500'), { session_id: 's2', anonymous_id: ben }),
      pageView(at(10, '11:00:00'), { user_id: 'cleo' }),
      uploaded(at(10, '09:00:10'), 'upload_completed', { session_id: 's1' }),
      uploaded(at(10, '09:00:10'), 'upload_completed', { session_id: 's1' }),
      uploaded(at(10, '09:00:10'), 'upload_failed', { session_id: 's1' }),
      recommended(at(10, '08:00:00'), 'r1'),
      recommended(at(11, '08:00:00'), 'r1'), // the earliest stands
      recommended(at(10, '08:00:00'), 'r2'),
      recommended(at(10, '08:00:00'), 'r3'),
      // What follows from a recommendation counts on its day, 10 March.
      applied(at(10, '12:00:00'), ['r1', 'a1'], 'started'),
      applied(at(11, '12:00:00'), ['r1', 'a1'], 'submitted'),
      applied(at(20, '12:00:00'), ['r1', 'a1'], 'offer_accepted'),
      applied(at(11, '12:00:00'), ['r2', 'a2'], 'started'),
      applied(at(11, '12:00:00'), ['r2', 'a2'], 'withdrawn'),
      applied(at(12, '12:00:00'), ['r3', 'a3'], 'interview_scheduled'),
      applied(at(12, '12:00:00'), ['unknown', 'a4'], 'offer_accepted'),
      rated(at(10, '09:00:20'), 5, { session_id: 's1' }),
      rated(at(10, '09:00:20'), 2, { session_id: 's1' }),
      rated(at(10, '09:00:20'), undefined, { session_id: 's1' }),
      call(at(10, '09:00:00'), 200, 10),
      call(at(10, '09:00:00'), 404, 20),
      call(at(10, '09:00:00'), 500, 30),
      call(at(10, '09:00:00'), 399, 40),
      // 11 March: ada again, dan for the first time.
      pageView(at(11, '09:00:00'), { session_id: 's3', user_id: 'ada' }),
      pageView(at(11, '09:00:00'), { session_id: 's4', user_id: 'dan' }),
    ],
    fromServer,
  )
  expect(await kpi()).toEqual([
    {
      date: '2026-03-10',
      total_users: 3, // ada, ben's browser, cleo
      new_users: 2, // cleo has had no session
      active_users: 3,
      total_sessions: 2,
      resume_uploads: 2,
      recommendations_generated: 3,
      applications_started: 3, // a1, a2, a3
      applications_completed: 2, // a1, and a3, which has an interview
      successful_outcomes: 1, // a1
      avg_session_duration: 60.25, // (30 + 90.5) / 2
      conversion_rate: 50, // s1 of two
      satisfaction_avg: 3.5, // (5 + 2) / 2
      error_rate: 50, // 404 and 500 of four
      avg_response_time: 25, // (10 + 20 + 30 + 40) / 4
    },
    {
      date: '2026-03-11',
      total_users: 4, // and dan
      new_users: 1,
      active_users: 2,
      total_sessions: 2,
      resume_uploads: 0,
      recommendations_generated: 0,
      applications_started: 0,
      applications_completed: 0,
      successful_outcomes: 0,
      avg_session_duration: 0,
      conversion_rate: 0,
      satisfaction_avg: null,
      error_rate: null,
      avg_response_time: null,
    },
  ])
})

test('a session over midnight makes its person active on both days, and belongs to the first', async () => {
  await database.deliver(
    [
      pageView(at(10, '23:59:00'), { session_id: 's1', anonymous_id: ada }),
      pageView(at(11, '00:01:00'), { session_id: 's1', anonymous_id: ada, user_id: 'ada' }),
    ],
    fromServer,
  )
  expect(await kpi()).toMatchObject([
    { date: '2026-03-10', total_users: 1, new_users: 1, active_users: 1, total_sessions: 1, avg_session_duration: 120 },
    {
      date: '2026-03-11',
      total_users: 1,
      new_users: 0,
      active_users: 1,
      total_sessions: 0,
      avg_session_duration: null,
      conversion_rate: null,
    },
  ])
})

test('a day of servers only has its row, and those seen before it', async () => {
  await database.deliver([pageView(at(10, '09:00:00'), { session_id: 's1', user_id: 'ada' })], fromServer)
  await database.deliver([call(at(12, '09:00:00'), 200, 10)], fromServer)
  expect(await kpi()).toMatchObject([
    { date: '2026-03-10', total_users: 1, error_rate: null },
    { date: '2026-03-12', total_users: 1, active_users: 0, total_sessions: 0, error_rate: 0, avg_response_time: 10 },
  ])
})

test('a session that comes late makes its person new on the earlier day', async () => {
  await database.deliver([pageView(at(12, '09:00:00'), { session_id: 's1', user_id: 'ada' })], fromServer)
  await database.deliver([pageView(at(11, '09:00:00'), { session_id: 's2', user_id: 'ada' })], fromServer)
  expect(await kpi()).toMatchObject([
    { date: '2026-03-11', total_users: 1, new_users: 1 },
    { date: '2026-03-12', total_users: 1, new_users: 0, active_users: 1 },
  ])
})

test('leaves robots out, and what servers do for them', async () => {
  await database.deliver([pageView('09:00:00', { session_id: 's1', anonymous_id: ada })], { userAgent: robot })
  const inRobotSession = { session_id: 's1' }
  await database.deliver(
    [
      uploaded('09:00:00', 'upload_completed', inRobotSession),
      recommended('09:00:00', 'r1', inRobotSession),
      applied('09:00:00', ['r1', 'a1'], 'submitted'),
      rated('09:00:00', 1, inRobotSession),
      call('09:00:00', 500, 10, inRobotSession),
      call('09:00:00', 500, 10, { context: { user_agent: robot } }),
    ],
    fromServer,
  )
  expect(await kpi()).toEqual([])
})

test('is the same in any order and after repetitions', async () => {
  const events = [
    pageView(at(10, '23:59:00'), { session_id: 's1', anonymous_id: ada }),
    pageView(at(11, '00:01:00'), { session_id: 's1', user_id: 'ada' }),
    rated(at(11, '09:00:20'), 5),
    recommended(at(10, '08:00:00'), 'r1'),
    applied(at(10, '12:00:00'), ['r1', 'a1'], 'started'),
    applied(at(11, '12:00:00'), ['r1', 'a1'], 'offer_accepted'),
    call(at(12, '09:00:00'), 200, 10),
    uploaded(at(12, '09:00:00'), 'upload_completed'),
  ]
  await expectSameInAnyOrder(database, kpi, events, fromServer)
})
