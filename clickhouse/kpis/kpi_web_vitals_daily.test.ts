import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { event, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const kpi = () => database.rows('SELECT * FROM kpi_web_vitals_daily ORDER BY date, page_path, metric')
const vital = (metric: string, value: number, fields: object = {}) =>
  event('web_vital', '09:00:00', { metric, value, page_url: 'https://jobs.example/jobs?q=nurse', ...fields })

test('gives the value that three of four page views stay under, by page and metric', async () => {
  await database.deliver([
    ...[1_000, 2_000, 2_500, 5_000, 9_000].map((value) => vital('LCP', value)),
    vital('CLS', 0.1),
    vital('CLS', 0.3),
    vital('LCP', 700, { page_url: '/search' }),
  ])
  expect(await kpi()).toEqual([
    // 0.1 is the most that is good; 75 % of the way from 0.1 to 0.3 is 0.25.
    { date: '2026-03-10', page_path: '/jobs', metric: 'CLS', samples: 2, p75: expect.closeTo(0.25, 9), good_rate: 50 },
    // The fourth of five; 2,500 ms is the most that is good.
    { date: '2026-03-10', page_path: '/jobs', metric: 'LCP', samples: 5, p75: 5_000, good_rate: 60 },
    { date: '2026-03-10', page_path: '/search', metric: 'LCP', samples: 1, p75: 700, good_rate: 100 },
  ])
})

test('takes the rating that the browser gave', async () => {
  await database.deliver([
    vital('INP', 50, { rating: 'poor' }),
    vital('INP', 900, { rating: 'good' }),
    vital('INP', 200),
  ])
  expect(await kpi()).toMatchObject([{ metric: 'INP', samples: 3, p75: 550, good_rate: (100 * 2) / 3 }])
})

test('counts pages whose address is not known under an empty path', async () => {
  await database.deliver([vital('TTFB', 900, { page_url: undefined })])
  expect(await kpi()).toMatchObject([{ page_path: '', metric: 'TTFB', good_rate: 0 }])
})

test('leaves robots out', async () => {
  await database.deliver([vital('LCP', 1)], { userAgent: robot })
  await database.deliver([vital('LCP', 2, { session_id: 's1' })])
  await database.deliver([vital('FCP', 1, { session_id: 's1' })], { userAgent: robot })
  expect(await kpi()).toEqual([])
})
