import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ada, ben, event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const kpi = () => database.rows('SELECT * FROM kpi_data_quality_daily ORDER BY date')
const receivedAt = Date.parse('2026-03-10T12:00:00.000Z')

test('adds up what came, what of it came again, what was refused, and what is missing', async () => {
  const view = pageView('11:30:00', { session_id: 's1', anonymous_id: ada, seq: 0 })
  const other = { ...view, page_title: 'Another page under the same id' }
  await database.deliver([view, pageView('11:00:00', { session_id: 's1', anonymous_id: ada, seq: 4 })], { receivedAt })
  await database.deliver([view, other, view], { receivedAt })
  await database.deliver(
    [
      event('interaction', '11:00:00', { interaction_type: 'teleport' }),
      event('interaction', '11:00:00', {}),
      event('income', '11:00:00', { current_salary: 1 }), // Not with the key of a page.
    ],
    { receivedAt },
  )
  await database.deliver([pageView('11:40:00', { anonymous_id: ben })], { receivedAt, userAgent: robot })
  expect(await kpi()).toEqual([
    {
      date: '2026-03-10',
      received: 9, // 3 + 3 + 3
      accepted: 3, // two page views and the robot's
      duplicates: 3, // view, other, view
      conflicts: 1, // other
      rejected: 3,
      rejected_by_reason: { invalid: 2, forbidden_type: 1 },
      late: 0, // one of them came exactly an hour after it happened: not more
      clock_skewed: 0,
      bots: 1,
      lost_events: 3, // 0 and 4 came; 1, 2 and 3 did not
      loss_rate: 60, // 3 of 5
    },
  ])
})

test('late is more than an hour after it happened, on the day it happened', async () => {
  await database.deliver(
    [pageView('2026-03-10T10:59:59.999Z'), pageView('2026-03-10T11:00:00.000Z'), pageView('2026-03-09T23:59:59.999Z')],
    { receivedAt },
  )
  expect(await kpi()).toMatchObject([
    { date: '2026-03-09', received: 1, accepted: 1, late: 1 },
    { date: '2026-03-10', received: 2, accepted: 2, late: 1 },
  ])
})

test('counts times that had to be corrected or replaced, on the day they are corrected to', async () => {
  // The sender's clock is a day ahead: shifted back by a day, the event is of yesterday's last minute.
  await database.deliver([pageView('2026-03-11T12:00:00.000Z')], {
    receivedAt,
    sentAt: receivedAt + 86_400_000,
  })
  // In the future, without a word on the sender's clock: it gets the time of receipt.
  await database.deliver([pageView('2026-03-20T12:00:00.000Z')], { receivedAt })
  // A minute off is nothing.
  await database.deliver([pageView('2026-03-10T11:59:00.000Z')], { receivedAt, sentAt: receivedAt - 60_000 })
  expect(await kpi()).toMatchObject([{ date: '2026-03-10', accepted: 3, clock_skewed: 2 }])
})

test('has no loss rate, rather than 0, where nothing is numbered', async () => {
  await database.deliver([pageView('11:00:00', { session_id: 's1' })], { receivedAt })
  expect(await kpi()).toMatchObject([{ lost_events: 0, loss_rate: null, rejected_by_reason: {} }])
})

test('puts losses on the day the session started, and forgets them when the missing comes', async () => {
  const late = Date.parse('2026-03-11T00:30:00.000Z')
  const numbered = (at: string, seq: number) => pageView(at, { session_id: 's1', anonymous_id: ada, seq })
  await database.deliver([numbered('2026-03-10T23:59:00.000Z', 0), numbered('2026-03-11T00:01:00.000Z', 3)], {
    receivedAt: late,
  })
  expect(await kpi()).toMatchObject([
    { date: '2026-03-10', accepted: 1, lost_events: 2, loss_rate: 50 },
    { date: '2026-03-11', accepted: 1, lost_events: 0, loss_rate: null },
  ])
  await database.deliver([numbered('2026-03-10T23:59:30.000Z', 1), numbered('2026-03-11T00:00:00.000Z', 2)], {
    receivedAt: late,
  })
  expect(await kpi()).toMatchObject([
    { date: '2026-03-10', accepted: 2, lost_events: 0, loss_rate: 0 },
    { date: '2026-03-11', accepted: 2 },
  ])
})

test('a day on which everything was refused shows it', async () => {
  await database.deliver([7], { receivedAt })
  expect(await kpi()).toMatchObject([
    { date: '2026-03-10', received: 1, accepted: 0, rejected: 1, rejected_by_reason: { not_an_object: 1 } },
  ])
})
