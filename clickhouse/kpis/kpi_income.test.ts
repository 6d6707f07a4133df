import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectSameInAnyOrder, fromServer } from './testing/any-order.ts'
import { ada, event, idOf, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const kpi = () => database.rows('SELECT * FROM kpi_income ORDER BY user_id')
const income = (day: string, current_salary: number, fields: object = {}) =>
  event('income', `${day}T09:00:00.000Z`, { user_id: 'ada', current_salary, ...fields })

test('tells what a person earned first, earns now, and the difference', async () => {
  await database.deliver(
    [
      income('2026-01-10', 50_000, { verified: true }),
      income('2026-05-10', 70_000, { verified: true, currency: 'USD', source: 'payroll' }),
      income('2026-03-10', 60_000),
      income('2026-02-10', 40_000, { user_id: 'ben', verified: true }),
      income('2026-04-10', 30_000, { user_id: 'ben' }),
    ],
    fromServer,
  )
  expect(await kpi()).toEqual([
    {
      user_id: 'ada',
      first_salary: 50_000,
      current_salary: 70_000,
      salary_increase: 20_000, // 70,000 - 50,000
      increase_percentage: 40, // of 50,000
      verified: true,
      currency: 'USD',
    },
    {
      user_id: 'ben',
      first_salary: 40_000,
      current_salary: 30_000,
      salary_increase: -10_000,
      increase_percentage: -25,
      verified: false, // not said of the latest
      currency: 'USD',
    },
  ])
})

test('the salary before the first event is the first one, where the event names it', async () => {
  await database.deliver(
    [
      income('2026-01-10', 90_000, { previous_salary: 75_000 }),
      // What later events say of before does not go further back.
      income('2026-02-10', 90_000, { previous_salary: 10_000 }),
    ],
    fromServer,
  )
  expect(await kpi()).toMatchObject([{ first_salary: 75_000, salary_increase: 15_000, increase_percentage: 20 }])
})

test('has no percentage of nothing', async () => {
  await database.deliver([income('2026-01-10', 20_000, { previous_salary: 0 })], fromServer)
  expect(await kpi()).toMatchObject([{ first_salary: 0, salary_increase: 20_000, increase_percentage: null }])
})

test('shows a person in the currency of the latest salary, and leaves the other out', async () => {
  await database.deliver(
    [
      income('2026-01-10', 1_000, { currency: 'JPY' }),
      income('2026-02-10', 40_000, { currency: 'EUR' }),
      income('2026-03-10', 2_000, { currency: 'JPY' }),
      income('2026-04-10', 50_000, { currency: 'EUR' }),
    ],
    fromServer,
  )
  expect(await kpi()).toMatchObject([
    { first_salary: 40_000, current_salary: 50_000, salary_increase: 10_000, increase_percentage: 25, currency: 'EUR' },
  ])
})

test('of two salaries at one time the later id is the later one', async () => {
  await database.deliver(
    [
      income('2026-01-10', 2, { event_id: idOf(90_002) }),
      income('2026-01-10', 3, { event_id: idOf(90_003) }),
      income('2026-01-10', 1, { event_id: idOf(90_001) }),
    ],
    fromServer,
  )
  expect(await kpi()).toMatchObject([{ first_salary: 1, current_salary: 3 }])
})

test('a salary without a user_id is the one of whoever the session belongs to', async () => {
  await database.deliver([
    pageView('09:00:00', { session_id: 's1', anonymous_id: ada }),
    pageView('09:01:00', { session_id: 's1', anonymous_id: ada, user_id: 'ada' }),
  ])
  await database.deliver(
    [
      income('2026-03-11', 10, { user_id: undefined, session_id: 's1' }),
      // The event's own user_id goes before the session's.
      income('2026-03-11', 20, { user_id: 'ben', session_id: 's1' }),
      // Nobody's.
      income('2026-03-11', 30, { user_id: undefined }),
      income('2026-03-11', 30, { user_id: undefined, session_id: 'unknown' }),
    ],
    fromServer,
  )
  expect(await kpi()).toMatchObject([
    { user_id: 'ada', current_salary: 10 },
    { user_id: 'ben', current_salary: 20 },
  ])
})

test('leaves robots out, and what servers say in their sessions', async () => {
  await database.deliver([pageView('09:00:00', { session_id: 's1', anonymous_id: ada })], { userAgent: robot })
  await database.deliver([income('2026-03-10', 10, { session_id: 's1' })], fromServer)
  await database.deliver([income('2026-03-10', 10, { context: { user_agent: robot } })], fromServer)
  expect(await kpi()).toEqual([])
})

test('is the same in any order and after repetitions', async () => {
  const events = [
    income('2026-01-10', 50_000, { previous_salary: 45_000 }),
    income('2026-03-10', 60_000, { currency: 'EUR' }),
    income('2026-05-10', 70_000, { verified: true }),
    income('2026-05-10', 71_000),
  ]
  await expectSameInAnyOrder(database, kpi, events, fromServer)
  expect(await kpi()).toMatchObject([{ first_salary: 45_000, current_salary: 71_000, verified: false }])
})
