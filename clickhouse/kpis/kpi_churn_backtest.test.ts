import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { schemaRoot } from '../../collector/src/schema.ts'
import { readSchema } from '../src/schema/source.ts'
import { expectSameInAnyOrder, fromServer } from './testing/any-order.ts'
import { ada, event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

// The latest Monday that is 30 days old: 1970-01-05 was a Monday.
const HOUR = 3_600_000
const DAY = 24 * HOUR
const latest = Math.floor((Math.floor(Date.now() / DAY) - 30 - 4) / 7) * 7 + 4
const asOf = new Date(latest * DAY).toISOString().slice(0, 10)
/** A time so many days, and hours, after that Monday. */
const on = (days: number, hours = 0) => new Date((latest + days) * DAY + hours * HOUR).toISOString()

const weeks = () => database.rows('SELECT * FROM kpi_churn_backtest ORDER BY as_of_week')
const lastWeek = () => database.rows(`SELECT * FROM kpi_churn_backtest WHERE as_of_week = '${asOf}'`)
const deliver = (events: object[]) => database.deliver(events, fromServer)

let sessions = 0
const visit = (user_id: string, at: string, fields: object = {}) => {
  sessions += 1
  return event('session_end', at, { session_id: `visit ${sessions}`, user_id, ...fields })
}
/** Five visits with a conversion: an engagement of 40 + 20, so a risk of 12 within a week. */
const regular = (user_id: string, at: string) => [1, 2, 3, 4, 5].map(() => visit(user_id, at, { conversion_events: 1 }))

test('compares the risk of everybody with who came back', async () => {
  await deliver([
    ...regular('ada', on(-1)), // 12
    visit('ada', on(3)), // came back
    ...regular('ben', on(-1)), // 12, and did not
    visit('cleo', on(-10)), // 40 + 0.3 * (100 - 10) + 30 = 97, and did not
    visit('dan', on(-40)), // 80 + 0.3 * 100 + 30, cut to 100
    visit('dan', on(29, 23)), // came back
    visit('eve', on(3)), // was not there yet
  ])
  expect(await lastWeek()).toEqual([
    {
      as_of_week: asOf,
      users_scored: 4,
      // Two share the lowest score: their middle is a quarter up, in decile 3; then 5 / 8 and 7 / 8.
      churn_rate_by_decile: { 3: 50, 7: 100, 9: 0 },
      // Pairs of one who churned and one who came back: ben and ada are equal (1/2), ben is below dan (0), cleo above ada (1), below dan (0).
      auc: 1.5 / 4,
    },
  ])
})

test('fills the ten deciles from the least risk to the most', async () => {
  // The risk of one visit grows with the days since: 27 up to a week, 97 up to two, then 100. Features tell the rest apart: 2 each.
  const people = Array.from({ length: 10 }, (_, person) => [
    visit(`p${person}`, on(-1)),
    ...Array.from({ length: person }, (_, n) =>
      event('feature_use', on(-1), { user_id: `p${person}`, feature_name: `f${n}` }),
    ),
    // Those with the fewest features stay away.
    ...(person < 3 ? [] : [visit(`p${person}`, on(5))]),
  ])
  await deliver(people.flat())
  expect(await lastWeek()).toEqual([
    {
      as_of_week: asOf,
      users_scored: 10,
      churn_rate_by_decile: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, 8: 100, 9: 100, 10: 100 },
      auc: 1,
    },
  ])
})

test('knows of that moment only what had happened before it', async () => {
  await deliver([
    // Before: one page, so a bounce and no engagement, 0.3 * 100 = 30. With what came after it would be 15.
    pageView(on(-1, 23), { session_id: 's1', anonymous_id: ada }),
    pageView(on(0, 1), { session_id: 's1', anonymous_id: ada, user_id: 'ada' }),
    event('session_end', on(0, 1), { session_id: 's1', conversion_events: 1 }),
    event('feature_use', on(0, 1), { session_id: 's1', feature_name: 'alerts' }),
    // 0.3 * (100 - 10) = 27, and came back; ada's session was over soon, and she began no other.
    visit('ben', on(-1)),
    visit('ben', on(1)),
  ])
  expect(await lastWeek()).toMatchObject([{ users_scored: 2, churn_rate_by_decile: { 3: 0, 8: 100 }, auc: 1 }])
})

test('sums a session over several weeks up to that moment, and 30 days of features', async () => {
  const named = (user_id: string, at: string) => (feature_name: string) =>
    event('feature_use', at, { user_id, feature_name })
  await deliver([
    // By then 2 pages, six days, and the conversions taken back: 10 + 20, so a risk of 21.
    event('session_end', on(-7, -1), { session_id: 's1', user_id: 'ada', conversion_events: 2 }),
    pageView(on(-7, -1), { session_id: 's1', user_id: 'ada' }),
    pageView(on(-1), { session_id: 's1', user_id: 'ada' }),
    event('session_end', on(-1), { session_id: 's1', user_id: 'ada', conversion_events: 0 }),
    event('session_end', on(1), { session_id: 's1', user_id: 'ada', conversion_events: 5 }),
    // Five sessions: 40, so a risk of 18. With conversions ada would have 15.
    ...[1, 2, 3, 4, 5].map(() => visit('ben', on(-1))),
    visit('ben', on(1)),
    // Two sessions and 3 features, others being too old: 26, so a risk of 22.2. As a bounce ada would have 24.
    ...[1, 2].map(() => visit('cleo', on(-1))),
    ...['a', 'b', 'c'].map(named('cleo', on(-2))),
    ...['d', 'e', 'f', 'g', 'h'].map(named('cleo', on(-31))),
    visit('cleo', on(1)),
  ])
  // Only ada stayed away: above ben, below cleo.
  expect(await lastWeek()).toMatchObject([{ users_scored: 3, churn_rate_by_decile: { 2: 0, 6: 100, 9: 0 }, auc: 0.5 }])
})

test('activity without a session counts: before as activity, after as coming back', async () => {
  await deliver([
    pageView(on(-1), { user_id: 'ada' }), // 0.3 * 100 + 50 = 80
    pageView(on(2), { user_id: 'ada' }),
    visit('ben', on(-1)), // 27
  ])
  expect(await lastWeek()).toMatchObject([{ users_scored: 2, churn_rate_by_decile: { 3: 100, 8: 0 }, auc: 0 }])
})

test('30 days are over at their end, and without both kinds there is no area', async () => {
  await deliver([visit('ada', on(-1)), visit('ada', on(30))])
  expect(await lastWeek()).toEqual([{ as_of_week: asOf, users_scored: 1, churn_rate_by_decile: { 6: 100 }, auc: null }])
})

test('looks back at 26 Mondays, none of them younger than 30 days', async () => {
  await deliver([visit('ada', on(-400)), visit('ben', on(-20))])
  const rows = await weeks()
  expect(rows).toHaveLength(26)
  expect(rows[0]).toMatchObject({ as_of_week: on(-25 * 7).slice(0, 10), users_scored: 1 })
  expect(rows[23]).toMatchObject({ as_of_week: on(-14).slice(0, 10), users_scored: 2 })
  expect(rows[25]).toMatchObject({ as_of_week: asOf, users_scored: 2 })
})

test('leaves robots and nobody out', async () => {
  const browser = { ...fromServer, fromBrowser: true, userAgent: robot }
  await database.deliver([visit('ada', on(-20), { session_id: 's1' }), pageView(on(-20), { user_id: 'ben' })], browser)
  await deliver([
    event('feature_use', on(-20), { session_id: 's1', user_id: 'ada', feature_name: 'alerts' }),
    pageView(on(-20), { session_id: 's2' }),
  ])
  expect(await weeks()).toEqual([])
})

test('is the same in any order and after repetitions', async () => {
  const events = [
    ...regular('ada', on(-1)),
    pageView(on(-1, 23), { session_id: 'over', anonymous_id: ada }),
    pageView(on(0, 1), { session_id: 'over', user_id: 'ben' }),
    event('feature_use', on(-3), { user_id: 'cleo', feature_name: 'alerts' }),
    visit('cleo', on(4)),
  ]
  await expectSameInAnyOrder(database, weeks, events, fromServer)
})

test('scores engagement by the same words as kpi_user_engagement', () => {
  const files = readSchema(schemaRoot, undefined)
  const plain = (text: string) => text.replaceAll(/\s+/g, '')
  const fragment = readFileSync(new URL('tables/_engagement_score.sql', schemaRoot), 'utf8')
  const formula = plain(fragment.replaceAll(/^--.*$/gm, ''))
  const view = files.find(({ name }) => name === 'kpi_user_engagement')?.objects[0]?.statement ?? ''
  expect(plain(view)).toContain(formula)
})
