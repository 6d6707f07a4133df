import type { Random } from './random.ts'

export type OracleEvent = Record<string, unknown> & { event_id: string; type: string }
type Fields = Record<string, unknown> & { type: string }

/** Something a page may send: any type but those that only name a session. */
export function browserEvent(random: Random, type = random.pick(browserTypes)): Fields {
  const page = random.chance(0.85) && { page_url: random.pick(pages) }
  const referrer = random.chance(0.2) && { referrer: 'https://mail.example/inbox?message=7' }
  const refused = random.chance(0.02) && { context: { consent: { analytics: false } } }
  return { type, ...page, ...referrer, ...refused, ...(fieldsOf[type]?.(random) ?? {}) }
}

/** Something a server says of a session while it runs, or of nobody's. */
export function serverEvent(random: Random): Fields {
  const type = random.pick(serverTypes)
  return { type, ...(fieldsOf[type]?.(random) ?? {}) }
}

/** Something that names a session and does not extend it. */
export function namingEvent(
  random: Random,
  type = random.pick(['application', 'income', 'goal', 'career_advancement']),
): Fields {
  return { type, ...(fieldsOf[type]?.(random) ?? {}) }
}

/** The types that name a session without extending it, contract section 1. */
export const namingTypes: ReadonlySet<string> = new Set([
  'application',
  'income',
  'goal',
  'career_advancement',
  'ab_conversion',
])

/** The types that a page's key may send, contract section 5: what people do, as opposed to what is done for them. */
export const writeTypes: ReadonlySet<string> = new Set([
  'session_start',
  'session_end',
  'interaction',
  'resume',
  'feature_use',
  'web_vital',
  'recommendation_engagement',
  'feedback',
  'error',
  'consent',
  'ab_assignment',
  'ab_conversion',
])

const weighted = (weights: Record<string, number>) =>
  Object.entries(weights).flatMap(([name, count]) => Array.from({ length: count }, () => name))

const browserTypes = weighted({
  interaction: 10,
  feature_use: 4,
  resume: 4,
  web_vital: 3,
  recommendation_engagement: 1,
  feedback: 1,
  error: 1,
  consent: 1,
  session_end: 1,
})
const serverTypes = weighted({
  feature_use: 3,
  resume: 3,
  interaction: 2,
  api_call: 1,
  processing: 1,
  recommendation: 1,
  system_sample: 1,
})
const interactions = weighted({ page_view: 6, application_complete: 1, search: 2, button_click: 2, scroll_depth: 1 })
const pages = [
  '/search?q=nurse',
  '/jobs/7?utm_source=mail&ref=secret',
  'https://jobs.example/jobs/8?token=secret#apply',
  'https://jobs.example/jobs',
  'https://jobs.example/search?q=a&utm_medium=cpc&utm_source=ads',
]
const tenths = (random: Random, low: number, high: number) => random.between(low * 10, high * 10) / 10

const fieldsOf: Record<string, (random: Random) => Record<string, unknown>> = {
  session_start: (random) => ({
    ...(random.chance(0.3) && { entry_page: random.pick(pages) }),
    ...(random.chance(0.2) && { device_type: random.pick(['mobile', 'tablet', 'desktop']) }),
    ...(random.chance(0.1) && { browser: 'WebView', os: 'Kiosk' }),
  }),
  session_end: (random) => ({
    ...(random.chance(0.4) && { exit_page: random.pick(pages) }),
    ...(random.chance(0.5) && { conversion_events: random.between(0, 2) }),
  }),
  interaction: (random) => ({ interaction_type: random.pick(interactions) }),
  resume: (random) => ({
    event_type: random.pick(
      weighted({
        upload_started: 1,
        upload_completed: 3,
        upload_failed: 1,
        parsing_started: 1,
        parsing_completed: 4,
        parsing_failed: 2,
        validation_completed: 1,
      }),
    ),
    ...(random.chance(0.4) && { file_type: random.pick(['pdf', 'docx']) }),
    ...(random.chance(0.5) && { file_name: random.pick(['Ada Lovelace.PDF', 'resume.docx', 'resume']) }),
    ...(random.chance(0.7) && { processing_time: tenths(random, 0, 9) }),
    ...(random.chance(0.6) && { confidence_score: random.between(0, 100) / 100 }),
  }),
  feature_use: (random) => ({
    feature_name: random.pick(['alerts', 'salary_calculator', 'saved_search', 'Übersicht']),
    ...(random.chance(0.5) && { time_spent: tenths(random, 0, 60) }),
    ...(random.chance(0.6) && { success: random.chance(0.7) }),
    ...(random.chance(0.3) && { satisfaction_score: random.between(1, 5) }),
  }),
  web_vital: (random) => {
    const metric = random.pick(['LCP', 'INP', 'CLS', 'FCP', 'TTFB'])
    const value = metric === 'CLS' ? random.between(0, 40) / 100 : random.pick([200, 800, 1_800, 2_500, 2_501, 5_000])
    return { metric, value, ...(random.chance(0.5) && { rating: random.pick(['good', 'needs-improvement', 'poor']) }) }
  },
  recommendation_engagement: () => ({ recommendation_id: 'r1', engagement_type: 'viewed' }),
  feedback: () => ({ feedback_type: 'general_feedback', rating: 4 }),
  error: () => ({ error_type: 'TypeError', error_message: 'x is not a function' }),
  consent: () => ({ purposes: { analytics: true } }),
  api_call: () => ({ endpoint: '/api/jobs/:id', method: 'GET', response_time: 12.5, status_code: 200 }),
  processing: () => ({ process_name: 'matching', duration: 1.5, success: true }),
  recommendation: (random) => ({
    recommendation_id: random.uuid(),
    job_id: 'j1',
    tier: 'optimal',
    recommendation_score: 7,
  }),
  system_sample: () => ({ cpu_usage: 10, memory_usage: 20, disk_usage: 30 }),
  application: () => ({ recommendation_id: 'r1', application_id: 'a1', application_status: 'submitted' }),
  income: () => ({ current_salary: 50_000 }),
  goal: () => ({ goal_type: 'promotion', goal_value: 'head nurse' }),
  career_advancement: () => ({ advancement_type: 'promotion' }),
  ab_conversion: (random) => ({ test_id: 't1', user_id: `user_${random.between(0, 11)}`, conversion_event: 'applied' }),
}
