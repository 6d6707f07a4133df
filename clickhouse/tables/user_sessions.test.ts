import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ada, ben, event, iphone, pageView, robot } from '../kpis/testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from '../kpis/testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const sessions = () => database.rows('SELECT * FROM user_sessions ORDER BY session_id')

test('a session is one row, whatever order, batches and repetitions its events came in', async () => {
  const start = event('session_start', '09:00:00', {
    session_id: 's1',
    anonymous_id: ada,
    seq: 0,
    page_url: 'https://jobs.example/search?q=nurse&utm_source=mail',
    referrer: 'https://mail.example/inbox',
    entry_page: '/search',
  })
  const first = pageView('09:00:01', { session_id: 's1', anonymous_id: ada, seq: 1, page_url: '/search' })
  const second = pageView('09:10:00.500', {
    session_id: 's1',
    anonymous_id: ada,
    user_id: 'ada',
    seq: 2,
    page_url: '/jobs/7',
  })
  const applied = event('interaction', '09:12:00', {
    session_id: 's1',
    anonymous_id: ada,
    user_id: 'ada',
    seq: 4,
    page_url: '/jobs/7/apply',
    interaction_type: 'application_complete',
  })
  const end = event('session_end', '09:15:30.250', {
    session_id: 's1',
    anonymous_id: ada,
    seq: 5,
    exit_page: '/thanks',
    conversion_events: 2,
  })
  await database.deliver([applied, end])
  await database.deliver([second, first, applied])
  await database.deliver([end, start, first])

  expect(await sessions()).toEqual([
    {
      session_id: 's1',
      // The last event has no user_id; the latest that has one says who it was.
      user_id: 'ada',
      anonymous_id: ada,
      session_start: '2026-03-10 09:00:00.000',
      session_end: '2026-03-10 09:15:30.250',
      session_duration: 930.25, // 15 min 30.25 s
      device_type: 'desktop',
      browser: 'Firefox',
      os: 'Linux',
      ip_address: '203.0.113.0',
      referrer: 'https://mail.example/inbox',
      entry_page: '/search',
      exit_page: '/thanks',
      page_views: 2,
      interactions: 3, // 2 page views + application_complete
      is_bounce: false,
      conversion_events: 3, // 1 application_complete + 2 reported
      is_bot: false,
      lost_events: 1, // 0, 1, 2, 4 and 5 came; 3 did not
    },
  ])
})

test('a direct visit has no referrer, whatever its later pages came from', async () => {
  await database.deliver([
    pageView('10:01:00', { session_id: 's1', referrer: 'https://jobs.example/a' }),
    event('session_start', '10:00:00', { session_id: 's1', referrer: '' }),
  ])
  expect(await sessions()).toMatchObject([{ session_id: 's1', referrer: '' }])
})

test('without session_start and session_end, a session is what its events say', async () => {
  await database.deliver([
    pageView('10:05:00', { session_id: 's1', anonymous_id: ada, page_url: 'https://jobs.example/b?x=1' }),
    pageView('10:00:00', { session_id: 's1', anonymous_id: ada, page_url: 'https://jobs.example/a' }),
  ])
  expect(await sessions()).toMatchObject([
    {
      user_id: ada,
      session_start: '2026-03-10 10:00:00.000',
      session_end: '2026-03-10 10:05:00.000',
      session_duration: 300,
      entry_page: 'https://jobs.example/a',
      exit_page: 'https://jobs.example/b',
      conversion_events: 0,
      lost_events: 0,
    },
  ])
})

test('a session over midnight is one session, of the day it started', async () => {
  await database.deliver(
    [
      pageView('2026-03-10T23:59:59.999Z', { session_id: 's1', anonymous_id: ada }),
      pageView('2026-03-11T00:00:00.000Z', { session_id: 's1', anonymous_id: ada }),
      pageView('2026-03-11T00:10:00.000Z', { session_id: 's1', anonymous_id: ada, user_id: 'ada' }),
    ],
    { receivedAt: Date.parse('2026-03-11T00:10:01.000Z') },
  )
  expect(await sessions()).toMatchObject([
    { user_id: 'ada', session_start: '2026-03-10 23:59:59.999', session_duration: 600.001, page_views: 3 },
  ])
})

test('applications, incomes, goals, career steps and test conversions name a session and do not extend it', async () => {
  const later = '2026-03-20T09:00:00.000Z'
  const named = { session_id: 's1', user_id: 'somebody_else', page_url: '/later' }
  await database.deliver([pageView('09:00:00', { session_id: 's1', anonymous_id: ada, seq: 0, page_url: '/a' })])
  await database.deliver(
    [
      event('application', later, {
        ...named,
        recommendation_id: 'r1',
        application_id: 'a1',
        application_status: 'submitted',
      }),
      event('income', later, { ...named, current_salary: 50_000 }),
      event('goal', later, { ...named, goal_type: 'promotion', goal_value: 'head nurse' }),
      event('career_advancement', later, { ...named, advancement_type: 'promotion' }),
      event('ab_conversion', later, { ...named, seq: 2, test_id: 't1', conversion_event: 'applied' }),
    ],
    { keyKind: 'server', fromBrowser: false, receivedAt: Date.parse(later) },
  )
  expect(await sessions()).toMatchObject([
    // The number 2 was made in this session, so the number 1 is missing.
    { user_id: ada, session_duration: 0, exit_page: '/a', page_views: 1, interactions: 1, lost_events: 1 },
  ])
})

test('what is only named is no session until an event of it comes', async () => {
  const application = event('application', '09:00:00', {
    session_id: 's1',
    user_id: 'ada',
    recommendation_id: 'r1',
    application_id: 'a1',
    application_status: 'submitted',
  })
  await database.deliver([application], { keyKind: 'server', fromBrowser: false })
  expect(await sessions()).toEqual([])

  await database.deliver([pageView('08:00:00', { session_id: 's1', anonymous_id: ada })])
  expect(await sessions()).toMatchObject([
    { session_id: 's1', session_start: '2026-03-10 08:00:00.000', session_duration: 0 },
  ])
})

test('two people in one session: it is the later one, who stays it after signing out', async () => {
  await database.deliver([
    pageView('09:20:00', { session_id: 's1', anonymous_id: ada }),
    pageView('09:10:00', { session_id: 's1', anonymous_id: ada, user_id: 'ben' }),
    pageView('09:00:00', { session_id: 's1', anonymous_id: ada, user_id: 'ada' }),
  ])
  expect(await sessions()).toMatchObject([{ user_id: 'ben', page_views: 3 }])
})

test('of events at one time, the order of their ids decides: the ids of a browser are in the order they were made', async () => {
  // ClickHouse itself compares the second halves of UUIDs first.
  const at = { session_id: 's1', anonymous_id: ada }
  const earlier = '01900000-0000-7000-bfff-ffffffffffff'
  const later = '01900000-0001-7000-8000-000000000000'
  await database.deliver([
    pageView('09:00:00', { ...at, event_id: later, user_id: 'ben', page_url: '/second' }),
    pageView('09:00:00', { ...at, event_id: earlier, user_id: 'ada', page_url: '/first' }),
  ])
  expect(await sessions()).toMatchObject([{ user_id: 'ben', entry_page: '/first', exit_page: '/second' }])
})

test('conversions are the latest session_end’s, not the sum of all, and 0 when that one reports none', async () => {
  const end = (at: string, session_id: string, conversion_events?: number) =>
    event('session_end', at, { session_id, anonymous_id: ada, ...(conversion_events && { conversion_events }) })
  await database.deliver([
    end('09:20:00', 's1', 3),
    end('09:10:00', 's1', 5),
    end('09:10:00', 's2', 5),
    end('09:20:00', 's2'),
  ])
  expect(await sessions()).toMatchObject([
    { session_id: 's1', conversion_events: 3, page_views: 0, is_bounce: false },
    { session_id: 's2', conversion_events: 0, page_views: 0, is_bounce: false },
  ])
})

test('a session of exactly one page view bounced, however much else was done in it', async () => {
  await database.deliver([
    pageView('09:00:00', { session_id: 's1', anonymous_id: ada }),
    event('interaction', '09:01:00', { session_id: 's1', anonymous_id: ada, interaction_type: 'search' }),
  ])
  expect(await sessions()).toMatchObject([{ page_views: 1, interactions: 2, is_bounce: true }])
})

test('the device is what session_start says, else what the earliest event that knows one came from', async () => {
  await database.deliver([pageView('09:00:00', { session_id: 's1', user_id: 'ada' })], {
    keyKind: 'server',
    fromBrowser: false,
  })
  await database.deliver([pageView('09:05:00', { session_id: 's1' })], { userAgent: iphone })
  await database.deliver([pageView('09:10:00', { session_id: 's1' })])
  expect(await sessions()).toMatchObject([{ device_type: 'mobile', browser: 'Safari', os: 'iOS' }])

  await database.deliver([event('session_start', '09:15:00', { session_id: 's1', device_type: 'tablet' })])
  expect(await sessions()).toMatchObject([{ device_type: 'tablet', browser: 'Firefox' }])
})

test('a session only of a server’s calls has no device, no browser and no address', async () => {
  await database.deliver([pageView('09:00:00', { session_id: 's1', user_id: 'ada' })], {
    keyKind: 'server',
    fromBrowser: false,
    userAgent: 'my-backend/1.0',
  })
  expect(await sessions()).toMatchObject([{ device_type: '', browser: '', os: '', ip_address: '', is_bot: false }])
})

test('one event of a robot makes it a robot’s session', async () => {
  await database.deliver([pageView('09:00:00', { session_id: 's1', anonymous_id: ben })], { userAgent: robot })
  await database.deliver([pageView('09:01:00', { session_id: 's1', user_id: 'ben' })], {
    keyKind: 'server',
    fromBrowser: false,
  })
  expect(await sessions()).toMatchObject([{ is_bot: true, page_views: 2 }])
})

test('history of twenty years ago makes sessions like any other', async () => {
  await database.deliver(
    [
      pageView('2005-02-28T23:50:00.000Z', { session_id: 's1', user_id: 'ada' }),
      pageView('2005-03-01T00:20:00.000Z', { session_id: 's1', user_id: 'ada' }),
    ],
    { keyKind: 'server', fromBrowser: false },
  )
  expect(await sessions()).toMatchObject([
    { session_start: '2005-02-28 23:50:00.000', session_duration: 1_800, page_views: 2 },
  ])
})

test('events without a session make none', async () => {
  await database.deliver([pageView('09:00:00', { anonymous_id: ada }), pageView('09:00:00')])
  expect(await sessions()).toEqual([])
})
