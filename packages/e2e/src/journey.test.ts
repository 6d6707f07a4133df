import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mean, quantile } from './journey/arithmetic.ts'
import { find, interactionLine, type Rows, readRows, sessionRows, sessionSeconds, told } from './journey/rows.ts'
import { awayFromMidnight, openSite, type Row, type Site } from './journey/site.ts'
import { needles, resumeText, takeVisit } from './journey/visit.ts'
import { openBrowser } from './journey/visitor.ts'
import type { Did } from './journey/walk.ts'
import { groupBy } from './kpi-oracle/group-by.ts'

// One person, one visit, every kind of thing that happens on the way; then what is in the database against what was done.

let site: Site
let did: Did
let rows: Rows
let close = async () => {}

beforeAll(async () => {
  await awayFromMidnight()
  site = await openSite()
  const { browser, context } = await openBrowser()
  close = async () => {
    await browser.close()
    await site.close()
  }
  did = await takeVisit(site, context)
  rows = await readRows(site)
}, 240_000)

afterAll(() => close())

const of = (table: string): Row[] => rows[table] ?? []
const sortedLines = (lines: Iterable<string>) => [...lines].sort()
/** Told when the page is left or has been scrolled: how often depends on the pace of the visit. */
const paced = ['time_on_page', 'scroll_depth']

describe('what a browser told of a visit', () => {
  test('begins when the person agrees, and not before', () => {
    expect(did.requestsBeforeConsent).toBe(0)
    expect(of('user_consents')).toMatchObject([{ source: 'banner', policy_version: '2026-11' }])
    expect(of('session_events')).toMatchObject([{ type: 'session_start', seq: 0, page_path: '/demo/' }])
  })

  test('is every interaction, in its order, and no other', () => {
    const lines = told(of('user_interactions'), interactionLine)
    expect(lines.filter((line) => !paced.some((type) => line.startsWith(type)))).toEqual(did.interactions)
  })

  test('says how long and how far down, within what is possible', () => {
    const spent = of('user_interactions').filter((row) => row.interaction_type === 'time_on_page')
    const seconds = spent.map((row) => JSON.parse(String(row.interaction_data)).seconds as number)
    expect(seconds.length).toBeGreaterThan(0)
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(1)
    expect(seconds.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(sessionSeconds(rows))
    const scrolled = of('user_interactions').filter((row) => row.interaction_type === 'scroll_depth')
    for (const row of scrolled) expect([25, 50, 75, 100]).toContain(JSON.parse(String(row.interaction_data)).percent)
  })

  test('is what became of each recommendation, card by card', () => {
    const lines = told(of('recommendation_engagement'), (row) => `${row.engagement_type} ${row.recommendation_id}`)
    expect(lines.filter((line) => !line.startsWith('viewed'))).toEqual(did.engagements)
  })

  test('is a view of each card that was in sight for a second, and of none that was not', () => {
    const viewed = of('recommendation_engagement').filter((row) => row.engagement_type === 'viewed')
    expect(sortedLines(new Set(viewed.map((row) => String(row.recommendation_id))))).toEqual(sortedLines(did.viewed))
    for (const row of viewed) expect(row.engagement_time).toBeGreaterThanOrEqual(1)
  })

  test('is each step of both resumes, without a name', () => {
    const lines = told(of('resume_events'), (row) => `${row.file_type} ${row.event_type} ${row.file_size}`)
    const size = Buffer.byteLength(resumeText)
    const txt = ['upload_started', 'upload_completed', 'parsing_started', 'parsing_completed', 'validation_started']
    expect(lines).toEqual([
      ...[...txt, 'validation_completed'].map((step) => `txt ${step} ${size}`),
      ...['upload_started', 'upload_completed', 'parsing_started', 'parsing_failed'].map((step) => `png ${step} 12`),
    ])
    expect(new Set(of('resume_events').map((row) => row.resume_id)).size).toBe(2)
    expect(of('resume_events').filter((row) => row.file_name !== '')).toEqual([])
  })

  test('is each use of a feature', () => {
    expect(of('feature_usage').map((row) => [row.feature_name, row.success, row.page_path])).toEqual(
      Array.from({ length: did.calculations }, () => ['salary_calculator', true, '/demo/salary']),
    )
  })

  test('is how fast each page came: once a load, and once a return from the back/forward cache', () => {
    const pages = (metric: string) =>
      sortedLines(
        of('web_vitals')
          .filter((row) => row.metric === metric)
          .map((row) => String(row.page_path)),
      )
    const shown = sortedLines([...did.loads, ...did.restored])
    expect(pages('FCP')).toEqual(shown)
    expect(pages('TTFB')).toEqual(shown)
    for (const metric of ['LCP', 'CLS', 'INP']) expect(pages(metric).length).toBeLessThanOrEqual(shown.length)
  })

  test('is no error, no rejected event and no event of another kind', () => {
    expect(of('error_logs')).toEqual([])
    expect(of('user_feedback')).toEqual([])
    const tables = Object.keys(rows).filter((table) => of(table).some(({ key_kind }) => key_kind === 'write'))
    expect(tables).toEqual([
      'feature_usage',
      'recommendation_engagement',
      'resume_events',
      'session_events',
      'user_consents',
      'user_interactions',
      'web_vitals',
    ])
  })

  test('is nothing that was typed, chosen or searched for, in any column of any table', async () => {
    expect(await find(site, needles)).toEqual([])
    // The search finds what is there.
    expect(await find(site, [did.applied])).toContain('application_outcomes.recommendation_id')
  })
})

describe('what the server told of the same visit', () => {
  test('is each recommendation it made, in its place, for the person who got it', () => {
    const made = of('job_recommendations')
    const slates = did.slates.map((slate) => made.filter((row) => slate.includes(String(row.recommendation_id))))
    for (const [index, slate] of slates.entries()) {
      const inPlace = [...slate].sort((one, other) => Number(one.position) - Number(other.position))
      expect(inPlace.map((row) => row.recommendation_id)).toEqual(did.slates[index])
      expect(new Set(slate.map((row) => row.slate_id)).size).toBe(1)
    }
    expect(made).toHaveLength(did.slates.flat().length)
    const users = slates.map((slate) => [...new Set(slate.map((row) => row.user_id))])
    expect(users).toEqual([[''], [did.userId]])
    const tiers = slates[0]?.map((row) => String(row.tier)) ?? []
    expect(new Set(tiers)).toEqual(new Set(['conservative', 'optimal', 'stretch']))
  })

  test('is each run of its processes', () => {
    const runs = of('processing_metrics').map((row) => `${row.process_name} ${row.success}`)
    expect(sortedLines(runs)).toEqual([
      'recommendation_workflow true',
      'recommendation_workflow true',
      'resume_parsing false',
      'resume_parsing true',
    ])
  })

  test('is the application from its start to its end', () => {
    const outcomes = of('application_outcomes')
    expect(outcomes.map((row) => row.application_status)).toEqual(['started', 'submitted'])
    expect(new Set(outcomes.map((row) => row.application_id)).size).toBe(1)
    for (const row of outcomes) expect(row).toMatchObject({ recommendation_id: did.applied, user_id: did.userId })
  })

  test('is each call of its API by the pattern of its route', () => {
    const calls = of('api_performance').map((row) => `${row.method} ${row.endpoint} ${row.status_code}`)
    expect(sortedLines(calls)).toEqual([
      'GET /demo/api/salary 200',
      'GET /demo/api/salary 200',
      'POST /demo/api/applications 201',
      'POST /demo/api/recommendations 200',
      'POST /demo/api/recommendations 200',
      'POST /demo/api/resumes 200',
      'POST /demo/api/resumes 422',
      'POST /demo/api/sign-in 200',
    ])
    for (const row of of('api_performance')) expect(row).toMatchObject({ browser: 'Chrome', is_bot: false })
  })
})

describe('what is counted of it', () => {
  test('is one session of the person, from the first page to the last, without a gap', async () => {
    const numbers = sessionRows(rows).flatMap(({ seq }) => (seq === null ? [] : [Number(seq)]))
    expect([...numbers].sort((one, other) => one - other)).toEqual(numbers.map((_number, index) => index))
    expect(await site.ask('SELECT * EXCEPT (session_id, anonymous_id, referrer) FROM user_sessions')).toEqual([
      {
        user_id: did.userId,
        session_start: expect.any(String),
        session_end: expect.any(String),
        session_duration: expect.closeTo(sessionSeconds(rows), 3),
        device_type: 'desktop',
        browser: 'Chrome',
        os: 'Linux',
        ip_address: '127.0.0.0',
        entry_page: `${site.demo}/`,
        exit_page: `${site.demo}/saved`,
        page_views: did.pages.length,
        interactions: of('user_interactions').length,
        is_bounce: false,
        conversion_events: 1,
        is_bot: false,
        lost_events: 0,
      },
    ])
  })

  test('kpi_sessions_daily', async () => {
    const duration = expect.closeTo(sessionSeconds(rows), 3)
    expect(await site.ask('SELECT * EXCEPT date FROM kpi_sessions_daily')).toEqual([
      {
        device_type: 'desktop',
        sessions: 1,
        users: 1,
        page_views: did.pages.length,
        avg_session_duration: duration,
        median_session_duration: duration,
        bounce_rate: 0,
        conversion_rate: 100,
      },
    ])
  })

  test('kpi_feature_adoption', async () => {
    const spent = of('feature_usage').map((row) => Number(row.time_spent))
    expect(await site.ask('SELECT * EXCEPT date FROM kpi_feature_adoption')).toEqual([
      {
        feature_name: 'salary_calculator',
        users: 1,
        uses: did.calculations,
        adoption_rate: 100,
        avg_time_spent: expect.closeTo(mean(spent) ?? Number.NaN, 6),
        success_rate: 100,
        avg_satisfaction: null,
      },
    ])
  })

  test('kpi_resume_daily', async () => {
    const failed = of('resume_events').find((row) => row.event_type === 'parsing_failed')
    const resume = (file_type: string, parsed: number, time: number, confidence: number | null) => ({
      file_type,
      uploads_started: 1,
      uploads_completed: 1,
      uploads_failed: 0,
      parsed,
      parse_failed: 1 - parsed,
      upload_success_rate: 100,
      parse_success_rate: 100 * parsed,
      avg_processing_time: expect.closeTo(time, 9),
      p95_processing_time: expect.closeTo(time, 9),
      avg_confidence: confidence,
    })
    expect(await site.ask('SELECT * EXCEPT date FROM kpi_resume_daily ORDER BY file_type')).toEqual([
      resume('png', 0, Number(failed?.processing_time), null),
      resume('txt', 1, did.parsed.processing_time, did.parsed.confidence),
    ])
  })

  test('kpi_user_engagement', async () => {
    const minutes = sessionSeconds(rows) / 60
    expect(await site.ask('SELECT * FROM kpi_user_engagement')).toEqual([
      {
        user_id: did.userId,
        sessions: 1,
        avg_session_minutes: expect.closeTo(minutes, 4),
        conversion_rate: 100,
        features_used: 1,
        bounce_rate: 0,
        // 10 for the session, 20 for the conversion, 2 for the feature; no more than 20 for the time.
        engagement_score: expect.closeTo(10 + Math.min(5 * minutes, 20) + 20 + 2, 3),
      },
    ])
  })

  test('kpi_web_vitals_daily', async () => {
    const samples = groupBy(of('web_vitals'), (row) => `${row.page_path} ${row.metric}`)
    const expected = [...samples.values()].map((same) => ({
      page_path: same[0]?.page_path,
      metric: same[0]?.metric,
      samples: same.length,
      p75: expect.closeTo(
        quantile(
          same.map((row) => Number(row.value)),
          0.75,
        ),
        6,
      ),
      good_rate: expect.closeTo((100 * same.filter((row) => row.rating === 'good').length) / same.length, 6),
    }))
    const counted = await site.ask('SELECT * EXCEPT date FROM kpi_web_vitals_daily')
    expect(counted).toHaveLength(expected.length)
    expect(counted).toEqual(expect.arrayContaining(expected))
  })

  test('kpi_data_quality_daily: nothing lost, refused, late or in conflict; what came twice counts once', async () => {
    const accepted = Object.values(rows).flat().length
    const duplicates = Number((await site.ask('SELECT count() AS rows FROM duplicate_events'))[0]?.rows)
    expect(await site.ask('SELECT * EXCEPT date FROM kpi_data_quality_daily')).toEqual([
      {
        received: accepted + duplicates,
        accepted,
        duplicates,
        conflicts: 0,
        rejected: 0,
        rejected_by_reason: {},
        late: 0,
        clock_skewed: 0,
        bots: 0,
        lost_events: 0,
        loss_rate: 0,
      },
    ])
  })
})
