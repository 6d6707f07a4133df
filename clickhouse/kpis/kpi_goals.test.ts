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

const kpi = () => database.rows('SELECT * FROM kpi_goals ORDER BY goal_type')
const goal = (goal_id: string, day: string, fields: object = {}) =>
  event('goal', day.includes('T') ? day : `${day}T09:00:00.000Z`, {
    user_id: 'ada',
    goal_type: 'promotion',
    goal_value: 'lead',
    goal_id,
    ...fields,
  })

test('rates goals by what the latest event says of each', async () => {
  await database.deliver(
    [
      goal('open', '2026-01-01', { achievement_percentage: 80 }),
      goal('open', '2026-03-01', { achievement_percentage: 30 }),
      goal('full', '2026-01-01', { achievement_percentage: 10 }),
      goal('full', '2026-03-01', { achievement_percentage: 100 }),
      goal('dated', '2026-03-01', { achieved_date: '2026-02-01', achievement_percentage: 90 }),
      // Reached, and then not any more: the latest event has neither.
      goal('undone', '2026-02-01', { achieved_date: '2026-01-15', achievement_percentage: 100 }),
      goal('undone', '2026-03-01'),
      goal('other', '2026-03-01', { goal_type: 'career_change' }),
    ],
    fromServer,
  )
  expect(await kpi()).toEqual([
    {
      goal_type: 'career_change',
      goals: 1,
      completed: 0,
      completion_rate: 0,
      avg_achievement: null,
      on_time_rate: null,
    },
    {
      goal_type: 'promotion',
      goals: 4,
      completed: 2, // full and dated
      completion_rate: 50,
      avg_achievement: expect.closeTo(220 / 3, 9), // (30 + 100 + 90) / 3: undone says nothing
      on_time_rate: null, // no target_date at all
    },
  ])
})

test('is on time by the day of achieved_date, the target day included', async () => {
  const target = { target_date: '2026-03-31' }
  await database.deliver(
    [
      goal('before', '2026-06-01', { ...target, achieved_date: '2026-03-01' }),
      goal('same day', '2026-06-01', { ...target, achieved_date: '2026-03-31T23:59:59.999Z' }),
      goal('late', '2026-03-01', { ...target, achieved_date: '2026-04-01' }),
      goal('open', '2026-03-01', { ...target, achievement_percentage: 99 }),
      goal('no target', '2026-03-01', { achieved_date: '2026-03-01' }),
    ],
    fromServer,
  )
  // 2 of before, same day and late
  expect(await kpi()).toMatchObject([{ goals: 5, completed: 4, on_time_rate: expect.closeTo(200 / 3, 9) }])
})

test('without achieved_date, was reached when it was first told to be, if that was not taken back', async () => {
  const target = { target_date: '2026-03-31' }
  const full = { ...target, achievement_percentage: 100 }
  await database.deliver(
    [
      goal('repeated', '2026-03-31T23:59:00.000Z', full),
      goal('repeated', '2026-05-01', full), // said again, after the target
      goal('taken back', '2026-03-01', full),
      goal('taken back', '2026-03-20', { ...target, achievement_percentage: 50 }),
      goal('taken back', '2026-04-01', full),
      goal('late', '2026-04-01T00:00:00.000Z', full),
      // The target counts that stands last.
      goal('moved', '2026-03-01', { ...target, achievement_percentage: 50 }),
      goal('moved', '2026-04-20', { target_date: '2026-04-30', achievement_percentage: 100 }),
    ],
    fromServer,
  )
  // repeated and moved of four
  expect(await kpi()).toMatchObject([{ goals: 4, completed: 4, completion_rate: 100, on_time_rate: 50 }])
})

test('of two events at one time the later id is the latest', async () => {
  await database.deliver(
    [
      goal('g', '2026-03-01', { event_id: idOf(90_012), achievement_percentage: 100 }),
      goal('g', '2026-03-01', { event_id: idOf(90_011), achievement_percentage: 40 }),
    ],
    fromServer,
  )
  expect(await kpi()).toMatchObject([{ goals: 1, completed: 1, avg_achievement: 100 }])
})

test('the same goal told without an id is one goal', async () => {
  const unnamed = { goal_id: undefined, target_date: '2026-12-01' }
  await database.deliver(
    [
      goal('', '2026-01-01', { ...unnamed, achievement_percentage: 10 }),
      goal('', '2026-02-01', { ...unnamed, achievement_percentage: 100 }),
      goal('', '2026-02-01', { ...unnamed, achievement_percentage: 20, user_id: 'ben' }),
    ],
    fromServer,
  )
  expect(await kpi()).toMatchObject([{ goals: 2, completed: 1, avg_achievement: 60, on_time_rate: 100 }])
})

test('leaves robots out', async () => {
  await database.deliver([pageView('09:00:00', { session_id: 's1', anonymous_id: ada })], { userAgent: robot })
  await database.deliver([goal('g', '2026-03-10', { session_id: 's1' })], fromServer)
  await database.deliver([goal('g', '2026-03-10', { context: { user_agent: robot } })], fromServer)
  expect(await kpi()).toEqual([])
})

test('is the same in any order and after repetitions', async () => {
  const target = { target_date: '2026-03-31' }
  const events = [
    goal('g', '2026-02-01', { ...target, achievement_percentage: 100 }),
    goal('g', '2026-03-01', { ...target, achievement_percentage: 60 }),
    goal('g', '2026-03-20', { ...target, achievement_percentage: 100 }),
    goal('g', '2026-05-01', { ...target, achievement_percentage: 100 }),
    goal('h', '2026-05-01', { ...target, achievement_percentage: 20 }),
  ]
  await expectSameInAnyOrder(database, kpi, events, fromServer)
  expect(await kpi()).toMatchObject([{ goals: 2, completed: 1, completion_rate: 50, on_time_rate: 100 }])
})
