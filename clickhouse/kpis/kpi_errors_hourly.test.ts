import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ada, ben, event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const kpi = () => database.rows('SELECT * FROM kpi_errors_hourly ORDER BY hour, error_type, severity')
const error = (at: string, fields: object = {}) =>
  event('error', at, { error_type: 'TypeError', error_message: 'x is not a function', fingerprint: 'f1', ...fields })

test('counts errors and the people who met them, and names the commonest fault', async () => {
  await database.deliver([
    // Ada, first unknown, then known: one person.
    error('09:00:00', { session_id: 's1', anonymous_id: ada, fingerprint: 'f9' }),
    error('09:59:59.999', { session_id: 's1', anonymous_id: ada, user_id: 'ada', fingerprint: 'f1' }),
    error('09:10:00', { user_id: 'ada', fingerprint: 'f9' }),
    error('09:10:00', { anonymous_id: ben, fingerprint: 'f1' }),
    error('09:10:00', { fingerprint: 'f9' }), // Nobody we know.
    error('09:10:00', { severity: 'critical', user_id: 'ada' }),
    error('10:00:00', { user_id: 'ada' }),
    error('09:10:00', { error_type: 'RangeError' }),
  ])
  const hour = '2026-03-10 09:00:00'
  expect(await kpi()).toEqual([
    { hour, error_type: 'RangeError', severity: 'medium', errors: 1, users: 0, fingerprint: 'f1' },
    { hour, error_type: 'TypeError', severity: 'critical', errors: 1, users: 1, fingerprint: 'f1' },
    // f9 three times, f1 twice; ada and ben's browser.
    { hour, error_type: 'TypeError', severity: 'medium', errors: 5, users: 2, fingerprint: 'f9' },
    {
      hour: '2026-03-10 10:00:00',
      error_type: 'TypeError',
      severity: 'medium',
      errors: 1,
      users: 1,
      fingerprint: 'f1',
    },
  ])
})

test('of equally common faults it names the smallest, whichever comes first', async () => {
  await database.deliver([error('09:00:00', { fingerprint: 'b' }), error('09:00:01', { fingerprint: 'a' })])
  expect(await kpi()).toMatchObject([{ errors: 2, fingerprint: 'a' }])
  await database.deliver([error('09:00:02', { fingerprint: 'b' })])
  expect(await kpi()).toMatchObject([{ errors: 3, fingerprint: 'b' }])
})

test('an error counts for the person its session turns out to be of, and once however often it is sent', async () => {
  const first = error('09:00:00', { session_id: 's1', anonymous_id: ada })
  await database.deliver([first, error('09:01:00', { session_id: 's2', anonymous_id: ben })])
  expect(await kpi()).toMatchObject([{ errors: 2, users: 2 }])
  const late = Date.parse('2026-03-20T00:00:00.000Z')
  await database.deliver(
    [
      first,
      pageView('11:00:00', { session_id: 's1', user_id: 'ada' }),
      pageView('11:00:00', { session_id: 's2', user_id: 'ada' }),
    ],
    { receivedAt: late },
  )
  expect(await kpi()).toMatchObject([{ hour: '2026-03-10 09:00:00', errors: 2, users: 1 }])
})

test('leaves robots out, with all of their sessions', async () => {
  await database.deliver([error('09:00:00', { anonymous_id: ada })], { userAgent: robot })
  await database.deliver([error('09:00:00', { session_id: 's1' })], { keyKind: 'server', fromBrowser: false })
  await database.deliver([pageView('09:00:01', { session_id: 's1' })], { userAgent: robot })
  expect(await kpi()).toEqual([])
})
