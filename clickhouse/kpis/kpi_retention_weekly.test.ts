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

const kpi = () => database.rows('SELECT * FROM kpi_retention_weekly ORDER BY cohort_week, weeks_since')

// This KPI runs up to the present week, so its events lie in the weeks before now.
const HOUR = 3_600_000
const WEEK = 168 * HOUR
// 1970-01-05 was a Monday.
const thisMonday = Math.floor((Date.now() - 96 * HOUR) / WEEK) * WEEK + 96 * HOUR
const time = (weeksAgo: number, hours = 0) => new Date(thisMonday - weeksAgo * WEEK + hours * HOUR).toISOString()
const monday = (weeksAgo: number) => time(weeksAgo).slice(0, 10)

let sessions = 0
const visit = (user_id: string, at: string) => {
  sessions += 1
  return pageView(at, { session_id: `s${sessions}`, user_id })
}

test('follows the people of a week through all weeks that have begun', async () => {
  await database.deliver(
    [
      visit('ada', time(3)), // Monday, 00:00
      visit('ada', time(3, 50)), // twice in a week is once
      visit('ada', time(1, 10)),
      visit('ben', time(3, 167.9)), // Sunday, 23:54
      visit('ben', time(0)),
      visit('cleo', time(1, 20)),
      // Without a session nobody has begun one.
      pageView(time(3, 1), { user_id: 'dan' }),
    ],
    fromServer,
  )
  expect(await kpi()).toEqual([
    { cohort_week: monday(3), weeks_since: 0, users: 2, retained: 2, retention_rate: 100 }, // ada and ben
    { cohort_week: monday(3), weeks_since: 1, users: 2, retained: 0, retention_rate: 0 },
    { cohort_week: monday(3), weeks_since: 2, users: 2, retained: 1, retention_rate: 50 }, // ada
    { cohort_week: monday(3), weeks_since: 3, users: 2, retained: 1, retention_rate: 50 }, // ben
    { cohort_week: monday(1), weeks_since: 0, users: 1, retained: 1, retention_rate: 100 }, // cleo
    { cohort_week: monday(1), weeks_since: 1, users: 1, retained: 0, retention_rate: 0 },
  ])
})

test('a session counts in the week it started, for who it turned out to be', async () => {
  await database.deliver(
    [
      pageView(time(2, 167.9), { session_id: 'long', anonymous_id: ada }),
      pageView(time(1, 0.1), { session_id: 'long', anonymous_id: ada, user_id: 'ada' }),
      visit('ada', time(1, 5)),
    ],
    fromServer,
  )
  expect(await kpi()).toMatchObject([
    { cohort_week: monday(2), weeks_since: 0, users: 1, retained: 1 },
    { cohort_week: monday(2), weeks_since: 1, users: 1, retained: 1 },
    { cohort_week: monday(2), weeks_since: 2, users: 1, retained: 0 },
  ])
})

test('a first session that comes late moves its person to the earlier cohort', async () => {
  await database.deliver([visit('ada', time(1))], fromServer)
  await database.deliver([visit('ada', time(2))], fromServer)
  expect(await kpi()).toMatchObject([
    { cohort_week: monday(2), weeks_since: 0, retained: 1 },
    { cohort_week: monday(2), weeks_since: 1, retained: 1 },
    { cohort_week: monday(2), weeks_since: 2, retained: 0 },
  ])
})

test('leaves robots and nobody out', async () => {
  await database.deliver([visit('ada', time(2))], { ...fromServer, fromBrowser: true, userAgent: robot })
  await database.deliver([event('web_vital', time(2), { session_id: 'x', metric: 'LCP', value: 1 })], fromServer)
  expect(await kpi()).toEqual([])
})

test('is the same in any order and after repetitions', async () => {
  const events = [visit('ada', time(3)), visit('ben', time(2)), visit('ada', time(2)), visit('ben', time(0))]
  await expectSameInAnyOrder(database, kpi, events, fromServer)
})
