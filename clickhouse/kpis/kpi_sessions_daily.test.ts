import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ada, ben, event, iphone, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const kpi = () => database.rows('SELECT * FROM kpi_sessions_daily ORDER BY date, device_type')

test('counts sessions, people and what became of them', async () => {
  const complete = { interaction_type: 'application_complete' }
  await database.deliver([
    // s1, 10 s: ada, first unknown, then known; one page, so it bounced.
    pageView('09:00:00', { session_id: 's1', anonymous_id: ada }),
    event('interaction', '09:00:10', {
      session_id: 's1',
      anonymous_id: ada,
      user_id: 'ada',
      interaction_type: 'search',
    }),
    // s2, 100 s: ada again; two pages and an application.
    pageView('10:00:00', { session_id: 's2', user_id: 'ada' }),
    pageView('10:01:40', { session_id: 's2', user_id: 'ada' }),
    event('interaction', '10:01:00', { session_id: 's2', user_id: 'ada', ...complete }),
    // s3, 40 s: ben, who is never known; one page, and a conversion that only session_end tells of.
    pageView('11:00:00', { session_id: 's3', anonymous_id: ben }),
    event('session_end', '11:00:40', { session_id: 's3', anonymous_id: ben, conversion_events: 1 }),
    // s4, 0 s: nobody we know; no page view at all, so it cannot bounce.
    event('feature_use', '12:00:00', { session_id: 's4', feature_name: 'salary_calculator' }),
  ])
  expect(await kpi()).toEqual([
    {
      date: '2026-03-10',
      device_type: 'desktop',
      sessions: 4,
      users: 2, // ada once, ben's browser; s4 is nobody's
      page_views: 4, // 1 + 2 + 1 + 0
      avg_session_duration: 37.5, // (10 + 100 + 40 + 0) / 4
      median_session_duration: 25, // of 0, 10, 40, 100: (10 + 40) / 2
      bounce_rate: (100 * 2) / 3, // s1 and s3 of s1, s2, s3
      conversion_rate: 50, // s2 and s3 of four
    },
  ])
})

test('keeps devices and days apart, and puts a session over midnight on the day it started', async () => {
  const receivedAt = Date.parse('2026-03-11T12:00:00.000Z')
  await database.deliver(
    [
      pageView('2026-03-10T23:50:00.000Z', { session_id: 's1', anonymous_id: ada }),
      pageView('2026-03-11T00:10:00.000Z', { session_id: 's1', anonymous_id: ada }),
      pageView('2026-03-11T00:00:00.000Z', { session_id: 's2', anonymous_id: ada }),
    ],
    { receivedAt },
  )
  await database.deliver([pageView('2026-03-11T09:00:00.000Z', { session_id: 's3', anonymous_id: ben })], {
    receivedAt,
    userAgent: iphone,
  })
  await database.deliver([pageView('2026-03-11T09:00:00.000Z', { session_id: 's4', user_id: 'cleo' })], {
    receivedAt,
    keyKind: 'server',
    fromBrowser: false,
  })
  const one = { sessions: 1, users: 1 }
  expect(await kpi()).toMatchObject([
    { date: '2026-03-10', device_type: 'desktop', ...one, page_views: 2, avg_session_duration: 1_200, bounce_rate: 0 },
    { date: '2026-03-11', device_type: '', ...one, page_views: 1 },
    { date: '2026-03-11', device_type: 'desktop', ...one, page_views: 1, bounce_rate: 100 },
    { date: '2026-03-11', device_type: 'mobile', ...one, page_views: 1 },
  ])
})

test('an event that comes late moves its session to the day it started', async () => {
  const receivedAt = Date.parse('2026-03-12T09:00:00.000Z')
  await database.deliver([pageView('2026-03-11T00:01:00.000Z', { session_id: 's1', anonymous_id: ada })], {
    receivedAt,
  })
  expect(await kpi()).toMatchObject([{ date: '2026-03-11', sessions: 1 }])
  await database.deliver([pageView('2026-03-10T23:59:00.000Z', { session_id: 's1', anonymous_id: ada })], {
    receivedAt,
  })
  expect(await kpi()).toMatchObject([{ date: '2026-03-10', sessions: 1, page_views: 2, avg_session_duration: 120 }])
})

test('has no bounce rate, rather than 0, where no session has a page view', async () => {
  await database.deliver([event('feature_use', '12:00:00', { session_id: 's1', feature_name: 'alerts' })])
  expect(await kpi()).toMatchObject([{ sessions: 1, users: 0, page_views: 0, bounce_rate: null, conversion_rate: 0 }])
})

test('leaves robots out, and is empty with nothing but robots', async () => {
  await database.deliver([pageView('09:00:00', { session_id: 's1', anonymous_id: ada })], { userAgent: robot })
  expect(await kpi()).toEqual([])
})
