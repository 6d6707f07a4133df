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

const kpi = () => database.rows('SELECT * FROM kpi_income_monthly ORDER BY month, source')
const income = (day: string, current_salary: number, fields: object = {}) =>
  event('income', `${day}T09:00:00.000Z`, { user_id: 'ada', current_salary, source: 'payroll', ...fields })

test('averages the changes of a month and source, downwards ones too', async () => {
  await database.deliver(
    [
      income('2026-03-01', 55_000, { previous_salary: 50_000 }), // + 5,000, + 10 %
      income('2026-03-31', 60_000, { previous_salary: 40_000, user_id: 'ben' }), // + 20,000, + 50 %
      income('2026-03-15', 30_000, { previous_salary: 40_000, user_id: 'cleo' }), // - 10,000, - 25 %
      income('2026-03-16', 30_000, { previous_salary: 30_000, user_id: 'cleo' }), // 0
      income('2026-03-17', 99_000, { user_id: 'dan' }), // nothing before is known
    ],
    fromServer,
  )
  expect(await kpi()).toEqual([
    {
      month: '2026-03-01',
      source: 'payroll',
      users: 4,
      avg_salary_increase: 3_750, // (5,000 + 20,000 - 10,000 + 0) / 4
      avg_increase_percentage: 8.75, // (10 + 50 - 25 + 0) / 4
      median_increase_percentage: 5, // of -25, 0, 10, 50: (0 + 10) / 2
      positive_change_rate: 50, // 2 of 4
      other_currency: 0,
    },
  ])
})

test('compares with the salary known before where the event names none, whoever said it, in that currency only', async () => {
  await database.deliver(
    [
      income('2026-01-10', 40_000, { source: 'linkedin' }),
      income('2026-02-10', 1, { source: 'linkedin', currency: 'EUR' }),
      income('2026-03-10', 50_000), // + 10,000 on 40,000: + 25 %
      income('2026-03-10', 70_000, { user_id: 'ben' }), // nobody said what ben had
    ],
    fromServer,
  )
  const nothing = {
    avg_salary_increase: null,
    avg_increase_percentage: null,
    median_increase_percentage: null,
    positive_change_rate: null,
  }
  expect(await kpi()).toEqual([
    { month: '2026-01-01', source: 'linkedin', users: 1, ...nothing, other_currency: 0 },
    { month: '2026-02-01', source: 'linkedin', users: 1, ...nothing, other_currency: 1 },
    {
      month: '2026-03-01',
      source: 'payroll',
      users: 2,
      avg_salary_increase: 10_000,
      avg_increase_percentage: 25,
      median_increase_percentage: 25,
      positive_change_rate: 100,
      other_currency: 0,
    },
  ])
})

test('keeps other currencies out of all averages and counts them', async () => {
  await database.deliver(
    [
      income('2026-03-01', 110, { previous_salary: 100 }),
      income('2026-03-02', 110, { previous_salary: 100, currency: 'USD', user_id: 'ben' }),
      income('2026-03-03', 1_000_000, { previous_salary: 100, currency: 'JPY', user_id: 'cleo' }),
    ],
    fromServer,
  )
  expect(await kpi()).toMatchObject([
    {
      users: 3,
      avg_salary_increase: 10,
      avg_increase_percentage: 10,
      median_increase_percentage: 10,
      positive_change_rate: 100, // 2 of 2
      other_currency: 1,
    },
  ])
})

test('a raise from nothing is a change without a percentage', async () => {
  await database.deliver([income('2026-03-01', 110, { previous_salary: 0 })], fromServer)
  expect(await kpi()).toMatchObject([
    {
      avg_salary_increase: 110,
      avg_increase_percentage: null,
      median_increase_percentage: null,
      positive_change_rate: 100,
    },
  ])
})

test('strangers are not each other', async () => {
  const nobody = { user_id: undefined, source: undefined }
  await database.deliver([income('2026-03-01', 100, nobody), income('2026-03-02', 200, nobody)], fromServer)
  expect(await kpi()).toMatchObject([{ source: '', users: 0, avg_salary_increase: null }])
})

test('a salary that comes late changes what later ones are compared with', async () => {
  await database.deliver([income('2026-01-10', 100), income('2026-03-10', 150)], fromServer)
  expect(await kpi()).toMatchObject([{}, { avg_salary_increase: 50 }])
  await database.deliver([income('2026-02-10', 120)], fromServer)
  expect(await kpi()).toMatchObject([{}, { avg_salary_increase: 20 }, { avg_salary_increase: 30 }])
})

test('leaves robots out', async () => {
  await database.deliver([pageView('09:00:00', { session_id: 's1', anonymous_id: ada })], { userAgent: robot })
  await database.deliver([income('2026-03-10', 10, { session_id: 's1' })], fromServer)
  await database.deliver([income('2026-03-10', 10, { context: { user_agent: robot } })], fromServer)
  expect(await kpi()).toEqual([])
})

test('is the same in any order and after repetitions', async () => {
  const events = [100, 120, 90, 150].map((salary, month) => income(`2026-0${month + 1}-10`, salary))
  await expectSameInAnyOrder(database, kpi, events, fromServer)
})
