import { readdirSync, readFileSync } from 'node:fs'
import { events } from '@offertrail/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ada, ben, event, pageView } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

const here = new URL('.', import.meta.url)

// Clients of ClickHouse send settings of their own with every statement, and some of them change what SQL means. A view
// is read under the settings of whoever reads it: each has to pin those that would change its meaning.
const settings: Record<string, string | number>[] = [
  { join_use_nulls: 1 },
  { aggregate_functions_null_for_empty: 1 },
  { prefer_column_name_to_alias: 1 },
  { group_by_use_nulls: 1 },
  { enable_extended_results_for_datetime_functions: 1 },
  { transform_null_in: 1 },
  { final: 1 },
  { session_timezone: 'America/New_York' },
  { union_default_mode: 'DISTINCT' },
]
/** Every view there is, called with the widest range where it takes parameters. */
const views = ['../tables/user_sessions.sql', ...readdirSync(here).filter((file) => file.endsWith('.sql'))].map(
  (file) => {
    const sql = readFileSync(new URL(file, here), 'utf8')
    const name = file.replace(/^.*\/|\.sql$/g, '')
    return sql.includes('{start:Date}') ? `${name}(start = '2000-01-01', end = '2100-01-01')` : name
  },
)

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
  const now = Date.now()
  const ago = (hours: number) => new Date(now - hours * 3_600_000).toISOString()
  const feature = { feature_name: 'alerts' }
  await database.deliver(
    [
      // Rows of each kind on both sides of every join: with and without a session, a user, numbers, a rate's denominator.
      pageView(ago(30), { session_id: 's1', anonymous_id: ada, seq: 1, page_url: '/a' }),
      pageView(ago(29), { session_id: 's1', user_id: 'ada', seq: 3, page_url: '/b' }),
      event('session_end', ago(28), { session_id: 's1', conversion_events: 1 }),
      event('feature_use', ago(20), { ...feature, session_id: 's2', anonymous_id: ben }),
      event('feature_use', ago(19), { ...feature, user_id: 'cleo', time_spent: 3, success: true }),
      event('feature_use', ago(60), feature),
      event('error', ago(10), { session_id: 's3', error_type: 'E', error_message: 'x' }),
      event('resume', ago(9), { event_type: 'upload_started', file_type: 'pdf' }),
      event('resume', ago(9), { event_type: 'parsing_failed', processing_time: 2 }),
      event('web_vital', ago(8), { metric: 'LCP', value: 10, page_url: '/a' }),
      7,
    ],
    { receivedAt: now },
  )
  // One of each type, so that no view is empty.
  const samples = Object.values(events).map(({ type, sample }) => ({ ...sample, ...event(type, ago(5)) }))
  await database.deliver(samples, { receivedAt: now, keyKind: 'server', fromBrowser: false })
  await database.deliver([pageView(ago(1_000), { session_id: 's4', user_id: 'dan' })], {
    receivedAt: now,
    keyKind: 'server',
    fromBrowser: false,
  })
})
afterAll(async () => await database?.stop())

for (const view of views) {
  test(`${view} is the same whatever settings a client sends`, async () => {
    const plain = await database.rows(`SELECT * FROM ${view} ORDER BY ALL`)
    expect(plain.length).toBeGreaterThan(0)
    for (const set of settings) {
      expect(await database.rows(`SELECT * FROM ${view} ORDER BY ALL`, set), JSON.stringify(set)).toEqual(plain)
    }
  })
}
