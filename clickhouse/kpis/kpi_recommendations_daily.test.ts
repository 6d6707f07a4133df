import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ada, event, firefox, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const server = { keyKind: 'server', fromBrowser: false } as const
/** Long after: what comes late is received here. */
const JUNE = { ...server, receivedAt: Date.parse('2026-06-01T00:00:00Z') }

const kpi = () => database.rows('SELECT * FROM kpi_recommendations_daily ORDER BY date, tier')
const made = (recommendation_id: string, fields: object = {}, at = '09:00:00') =>
  event('recommendation', at, {
    recommendation_id,
    job_id: 'job',
    tier: 'optimal',
    recommendation_score: 8,
    user_id: 'ann',
    ...fields,
  })
const engaged = (recommendation_id: string, engagement_type: string, fields: object = {}, at = '10:00:00') =>
  event('recommendation_engagement', at, { recommendation_id, engagement_type, anonymous_id: ada, ...fields })
const applied = (recommendation_id: string, application_status: string, fields: object = {}, at = '11:00:00') =>
  event('application', at, {
    recommendation_id,
    application_id: `application of ${recommendation_id}`,
    application_status,
    user_id: 'ann',
    ...fields,
  })
const rated = (recommendation_id: string, rating: number, fields: object = {}) =>
  event('feedback', '12:00:00', { feedback_type: 'recommendation_quality', recommendation_id, rating, ...fields })

describe('kpi_recommendations_daily', () => {
  test('counts each recommendation once at each stage it reached, whatever the number of its events', async () => {
    await database.deliver(
      [
        made('r1', { recommendation_score: 9, salary_increase_potential: 10_000 }),
        made('r2', { recommendation_score: 7, salary_increase_potential: 20_000, user_id: 'ben' }),
        made('r3', { recommendation_score: 5 }),
        made('r4', { recommendation_score: 3, tier: 'stretch', user_id: 'ben' }),
        // r1: seen, clicked three times, two applications, one to the end.
        engaged('r1', 'impression'),
        engaged('r1', 'impression'),
        engaged('r1', 'viewed', { engagement_time: 4 }),
        engaged('r1', 'clicked', { engagement_time: 6 }),
        engaged('r1', 'clicked'),
        engaged('r1', 'clicked'),
        applied('r1', 'submitted', { application_id: 'a1' }),
        applied('r1', 'interview_scheduled', { application_id: 'a1' }),
        applied('r1', 'interview_completed', { application_id: 'a1' }),
        applied('r1', 'offer_received', { application_id: 'a1', final_salary: 90_000 }, '12:00:00'),
        applied('r1', 'offer_accepted', { application_id: 'a1', final_salary: 95_000 }, '13:00:00'),
        applied('r1', 'rejected', { application_id: 'a2' }),
        rated('r1', 5),
        rated('r1', 4),
        // r2: seen, saved, applied for by engagement alone.
        engaged('r2', 'impression'),
        engaged('r2', 'viewed', { engagement_time: 2 }),
        engaged('r2', 'saved'),
        engaged('r2', 'applied'),
        rated('r2', 2),
        rated('r2', 1, { feedback_type: 'user_experience' }),
        // r3: rendered and dismissed, an offer declined.
        engaged('r3', 'impression'),
        engaged('r3', 'dismissed'),
        applied('r3', 'offer_declined', { final_salary: 60_000 }),
      ],
      server,
    )
    expect(await kpi()).toEqual([
      {
        date: '2026-03-10',
        tier: 'optimal',
        recommendations: 3,
        users: 2, // ann, ben
        impressions: 3,
        viewed: 2,
        clicked: 1,
        saved: 1,
        dismissed: 1,
        applied: 3, // r1 and r3 by application, r2 by engagement
        interviewed: 1,
        offered: 2, // r1 received, r3 declined
        accepted: 1,
        engagement_rate: expect.closeTo(200 / 3, 9), // r1, r2 of 3
        click_through_rate: 50, // 1 of 2 viewed
        conversion_rate: 100,
        interview_rate: expect.closeTo(100 / 3, 9),
        success_rate: expect.closeTo(200 / 3, 9), // 2 of 3 applied
        acceptance_rate: 50,
        avg_recommendation_score: 7, // (9 + 7 + 5) / 3
        avg_salary_potential: 15_000, // (10,000 + 20,000) / 2: r3 promised nothing
        avg_final_salary: 77_500, // a1's latest 95,000, r3's 60,000
        median_final_salary: 77_500,
        avg_engagement_time: 6, // r1 10 s, r2 2 s
        quality_score: expect.closeTo(11 / 3, 9), // 5, 4, 2
        other_currency: 0,
      },
      {
        date: '2026-03-10',
        tier: 'stretch',
        recommendations: 1,
        users: 1,
        impressions: 0,
        viewed: 0,
        clicked: 0,
        saved: 0,
        dismissed: 0,
        applied: 0,
        interviewed: 0,
        offered: 0,
        accepted: 0,
        engagement_rate: 0,
        click_through_rate: null,
        conversion_rate: 0,
        interview_rate: null,
        success_rate: null,
        acceptance_rate: null,
        avg_recommendation_score: 3,
        avg_salary_potential: null,
        avg_final_salary: null,
        median_final_salary: null,
        avg_engagement_time: null,
        quality_score: null,
        other_currency: 0,
      },
    ])
  })

  test('puts what comes 40 days later into the cohort of its recommendation', async () => {
    await database.deliver([made('r1')], server)
    await database.deliver([applied('r1', 'offer_accepted', {}, '2026-04-19T09:00:00Z')], JUNE)
    expect(await kpi()).toMatchObject([{ date: '2026-03-10', recommendations: 1, applied: 1, offered: 1, accepted: 1 }])
  })

  test('keeps what names an unknown recommendation waiting, and counts it when the recommendation arrives', async () => {
    await database.deliver([engaged('r1', 'clicked'), applied('r1', 'submitted')], server)
    expect(await kpi()).toEqual([])
    await database.deliver([made('r1')], JUNE)
    expect(await kpi()).toMatchObject([{ date: '2026-03-10', clicked: 1, applied: 1 }])
  })

  test('lets the earliest of two recommendations under one id stand, in any order of arrival', async () => {
    await database.deliver([made('r1', { tier: 'stretch', recommendation_score: 1 }, '10:00:00')], server)
    await database.deliver([made('r1', { tier: 'conservative', recommendation_score: 9 }, '09:00:00')], server)
    expect(await kpi()).toMatchObject([{ tier: 'conservative', recommendations: 1, avg_recommendation_score: 9 }])
  })

  test('takes the latest final salary of each application, by its time and not by its arrival', async () => {
    await database.deliver(
      [
        made('r1'),
        applied('r1', 'offer_accepted', { final_salary: 50 }, '15:00:00'),
        applied('r1', 'offer_received', { final_salary: 40 }, '14:00:00'),
        applied('r1', 'offer_received', { application_id: 'another', final_salary: 10 }),
        applied('r1', 'under_review', {}, '16:00:00'),
      ],
      server,
    )
    expect(await kpi()).toMatchObject([{ avg_final_salary: 30, median_final_salary: 30, applied: 1 }]) // (50 + 10) / 2
  })

  test('mixes no currencies: others are counted apart', async () => {
    await database.deliver(
      [
        made('r1', { salary_increase_potential: 100, currency: 'USD' }),
        made('r2', { salary_increase_potential: 900, currency: 'EUR' }),
        made('r3', { salary_increase_potential: 200 }),
        applied('r1', 'offer_accepted', { final_salary: 10 }),
        applied('r2', 'offer_accepted', { final_salary: 70, currency: 'EUR' }),
      ],
      server,
    )
    expect(await kpi()).toMatchObject([{ avg_salary_potential: 150, avg_final_salary: 10, other_currency: 2 }]) // r2's promise and r2's salary
  })

  test('counts no robot: neither what it looks at nor what was made for it', async () => {
    await database.deliver([made('r1')], server)
    await database.deliver([engaged('r1', 'clicked')], { userAgent: robot })
    await database.deliver([made('r2', { context: { user_agent: robot } })], server)
    await database.deliver([engaged('r1', 'viewed')], { userAgent: firefox })
    // A server made it in a session that a robot showed itself in.
    await database.deliver([made('r3', { session_id: 'of a robot' })], server)
    await database.deliver([event('session_start', '09:00:00', { session_id: 'of a robot' })], { userAgent: robot })
    expect(await kpi()).toMatchObject([{ recommendations: 1, viewed: 1, clicked: 0 }])
  })

  test('gives a cohort the day it was made, at midnight too', async () => {
    await database.deliver(
      [made('r1', {}, '2026-03-09T23:59:59.999Z'), made('r2', {}, '2026-03-10T00:00:00.000Z')],
      server,
    )
    expect((await kpi()).map(({ date, recommendations }) => [date, recommendations])).toEqual([
      ['2026-03-09', 1],
      ['2026-03-10', 1],
    ])
  })
})

test('the views by model version and by position count the same recommendations', async () => {
  await database.deliver(
    [
      made('r1', { model_version: 'a', position: 1 }),
      made('r2', { model_version: 'b', position: 2 }),
      made('r3', { model_version: 'b' }),
      engaged('r2', 'clicked'),
    ],
    server,
  )
  const columns = 'recommendations, clicked'
  expect(
    await database.rows(`SELECT date, model_version, ${columns} FROM kpi_recommendations_by_model ORDER BY ALL`),
  ).toEqual([
    { date: '2026-03-10', model_version: 'a', recommendations: 1, clicked: 0 },
    { date: '2026-03-10', model_version: 'b', recommendations: 2, clicked: 1 },
  ])
  expect(await database.rows(`SELECT position, ${columns} FROM kpi_recommendations_by_position ORDER BY ALL`)).toEqual([
    { position: 0, recommendations: 1, clicked: 0 },
    { position: 1, recommendations: 1, clicked: 0 },
    { position: 2, recommendations: 1, clicked: 1 },
  ])
})

test('kpi_recommendation_tiers counts the cohorts from start to end, both included', async () => {
  await database.deliver(
    ['08', '09', '10', '11'].map((day) => made(`r${day}`, { tier: 'stretch' }, `2026-03-${day}T12:00:00Z`)),
    { ...server, receivedAt: JUNE.receivedAt },
  )
  expect(
    await database.rows("SELECT * FROM kpi_recommendation_tiers(start = '2026-03-09', end = '2026-03-10')"),
  ).toMatchObject([{ tier: 'stretch', recommendations: 2, users: 1, conversion_rate: 0 }])
})

test('kpi_recommendation_maturity compares at equal age, and only cohorts that are old enough', async () => {
  const now = Date.now()
  const ago = (days: number) => new Date(now - days * 86_400_000).toISOString()
  const later = { ...server, receivedAt: now }
  await database.deliver(
    [
      made('old', {}, ago(100)),
      // 10 days after: counts at 14 days, not at 7.
      applied('old', 'submitted', {}, ago(90)),
      // 40 days after: an offer counts at 60 days, not at 30.
      applied('old', 'offer_received', {}, ago(60)),
      made('young', {}, ago(1)),
      applied('young', 'submitted', {}, ago(1)),
    ],
    later,
  )
  const rows = await database.rows('SELECT * FROM kpi_recommendation_maturity ORDER BY cohort_week, days_since')
  expect(
    rows.map(({ days_since, recommendations, conversion_rate, success_rate }) => [
      days_since,
      recommendations,
      conversion_rate,
      success_rate,
    ]),
  ).toEqual([
    [7, 1, 0, null],
    [14, 1, 100, 0],
    [30, 1, 100, 0],
    [60, 1, 100, 100],
    [90, 1, 100, 100],
    ...[7, 14, 30, 60, 90].map((days) => [days, 1, null, null]),
  ])
})

test('kpi_score_calibration shows what was promised beside what came of it', async () => {
  await database.deliver(
    [
      made('r1', { success_probability: 0.85 }),
      made('r2', { success_probability: 0.81 }),
      made('r3', { success_probability: 1 }),
      made('r4', { success_probability: 0 }),
      made('r5'),
      applied('r1', 'offer_received'),
      applied('r2', 'rejected'),
      applied('r3', 'offer_declined'),
    ],
    server,
  )
  expect(await database.rows('SELECT * FROM kpi_score_calibration ORDER BY decile')).toEqual([
    { tier: 'optimal', decile: 1, predicted: 0, observed_success: 0, recommendations: 1, brier_score: 0 },
    // (0.15² + 0.81²) / 2
    {
      tier: 'optimal',
      decile: 9,
      predicted: expect.closeTo(0.83, 9),
      observed_success: 0.5,
      recommendations: 2,
      brier_score: expect.closeTo(0.3393, 9),
    },
    { tier: 'optimal', decile: 10, predicted: 1, observed_success: 1, recommendations: 1, brier_score: 0 },
  ])
})
