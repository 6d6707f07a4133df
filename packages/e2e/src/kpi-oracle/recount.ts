import type { Fact, Facts } from './facts.ts'
import { groupBy } from './group-by.ts'
import { type Session, sessionsOf } from './sessions.ts'
import { DAY } from './world.ts'

/** Rows of a view by its name, every column of it. */
export type Recount = Record<string, Record<string, unknown>[]>

/** Every KPI, recounted from the events alone, as the contract's sections 1 and 2 define them. */
export function recount(facts: Facts, now: number): Recount {
  const sessions = sessionsOf(facts.accepted)
  // "Bots are in the raw tables, marked, and outside every KPI."
  const people = [...sessions.values()].filter(({ isRobot }) => !isRobot)
  const events = facts.accepted.filter(
    ({ browser, sessionId }) => !browser.isRobot && !isRobotsSession(facts.accepted, sessionId),
  )
  return {
    user_sessions: [...sessions.values()].map(sessionRow),
    kpi_sessions_daily: groups(people, ({ start, deviceType }) => ({ date: day(start), device_type: deviceType })).map(
      ([key, group]) => ({ ...key, ...sessionsDaily(group) }),
    ),
    kpi_feature_adoption: featureAdoption(events, sessions),
    kpi_resume_daily: groups(ofType(events, 'resume'), ({ time, sent }) => ({
      date: day(time),
      file_type: sent.file_type ?? extensionOf(String(sent.file_name ?? '')),
    })).map(([key, group]) => ({ ...key, ...resumeDaily(group) })),
    kpi_user_engagement: engagement(events, people, sessions, now - 30 * DAY),
    kpi_web_vitals_daily: groups(ofType(events, 'web_vital'), ({ time, pageUrl, sent }) => ({
      date: day(time),
      page_path: pathOf(pageUrl),
      metric: sent.metric,
    })).map(([key, group]) => ({ ...key, ...vitals(group) })),
    kpi_data_quality_daily: dataQuality(facts, [...sessions.values()]),
  }
}

function sessionRow(session: Session): Record<string, unknown> {
  const { isRobot } = session
  return {
    session_id: session.sessionId,
    user_id: session.user,
    anonymous_id: session.anonymousId,
    session_start: sqlTime(session.start),
    session_end: sqlTime(session.end),
    session_duration: session.duration,
    // What a robot says of its device matters to nobody.
    ...(!isRobot && { device_type: session.deviceType, browser: session.browser, os: session.os }),
    ip_address: session.address,
    referrer: session.referrer,
    entry_page: session.entryPage,
    exit_page: session.exitPage,
    page_views: session.pageViews,
    interactions: session.interactions,
    is_bounce: session.pageViews === 1,
    conversion_events: session.conversions,
    is_bot: isRobot,
    lost_events: session.lost,
  }
}

function sessionsDaily(group: Session[]): Record<string, unknown> {
  return {
    sessions: group.length,
    users: new Set(group.map(({ user }) => user).filter((user) => user !== '')).size,
    page_views: sum(group.map(({ pageViews }) => pageViews)),
    avg_session_duration: mean(group.map(({ duration }) => duration)),
    median_session_duration: quantile(
      group.map(({ duration }) => duration),
      0.5,
    ),
    bounce_rate: bounceRate(group),
    conversion_rate: conversionRate(group),
  }
}

function featureAdoption(events: Fact[], sessions: Map<string, Session>): Record<string, unknown>[] {
  // Active: somebody's session had an event that day, or somebody did something without a session.
  const active = events.filter(({ sessionId, extendsSession, isBehavior }) =>
    sessionId === '' ? isBehavior : extendsSession,
  )
  const activePeople = groupBy(active, ({ time }) => day(time))
  return groups(ofType(events, 'feature_use'), ({ time, sent }) => ({
    date: day(time),
    feature_name: sent.feature_name,
  })).map(([key, group]) => {
    const users = peopleOf(group, sessions).size
    const among = peopleOf(activePeople.get(String(key.date)) ?? [], sessions).size
    const told = group.filter(({ sent }) => sent.success !== undefined)
    return {
      ...key,
      users,
      uses: group.length,
      adoption_rate: percent(users, among),
      avg_time_spent: mean(numbers(group, 'time_spent')),
      success_rate: percent(told.filter(({ sent }) => sent.success === true).length, told.length),
      avg_satisfaction: mean(numbers(group, 'satisfaction_score')),
    }
  })
}

function resumeDaily(group: Fact[]): Record<string, unknown> {
  const count = (kind: string) => group.filter(({ sent }) => sent.event_type === kind).length
  const parsing = group.filter(({ sent }) => ['parsing_completed', 'parsing_failed'].includes(String(sent.event_type)))
  const [completed, failed] = [count('upload_completed'), count('upload_failed')]
  const [parsed, unparsed] = [count('parsing_completed'), count('parsing_failed')]
  return {
    uploads_started: count('upload_started'),
    uploads_completed: completed,
    uploads_failed: failed,
    parsed,
    parse_failed: unparsed,
    upload_success_rate: percent(completed, completed + failed),
    parse_success_rate: percent(parsed, parsed + unparsed),
    avg_processing_time: mean(numbers(parsing, 'processing_time')),
    p95_processing_time: quantile(numbers(parsing, 'processing_time'), 0.95),
    avg_confidence: mean(numbers(parsing, 'confidence_score')),
  }
}

function engagement(
  events: Fact[],
  people: Session[],
  sessions: Map<string, Session>,
  since: number,
): Record<string, unknown>[] {
  const visits = groupBy(
    people.filter(({ start }) => start >= since),
    ({ user }) => user,
  )
  const uses = groupBy(
    ofType(events, 'feature_use').filter(({ time }) => time >= since),
    (fact) => personOf(fact, sessions),
  )
  const users = [...new Set([...visits.keys(), ...uses.keys()])].filter((user) => user !== '')
  return users.map((user_id) => {
    const group = visits.get(user_id) ?? []
    const avg_session_minutes = mean(group.map(({ duration }) => duration / 60))
    const conversion_rate = group.length === 0 ? null : conversionRate(group)
    const bounce_rate = bounceRate(group)
    const features_used = new Set((uses.get(user_id) ?? []).map(({ sent }) => sent.feature_name)).size
    const score =
      Math.min(10 * group.length, 40) +
      Math.min(5 * (avg_session_minutes ?? 0), 20) +
      0.2 * (conversion_rate ?? 0) +
      Math.min(2 * features_used, 20) -
      0.2 * Math.max(0, (bounce_rate ?? 0) - 50)
    return {
      user_id,
      sessions: group.length,
      avg_session_minutes,
      conversion_rate,
      features_used,
      bounce_rate,
      engagement_score: Math.max(0, Math.min(100, score)),
    }
  })
}

function vitals(group: Fact[]): Record<string, unknown> {
  const good: Record<string, number> = { LCP: 2_500, INP: 200, CLS: 0.1, FCP: 1_800, TTFB: 800 }
  const isGood = ({ sent }: Fact) =>
    sent.rating === undefined ? Number(sent.value) <= (good[String(sent.metric)] ?? 0) : sent.rating === 'good'
  return {
    samples: group.length,
    p75: quantile(numbers(group, 'value'), 0.75),
    good_rate: percent(group.filter(isGood).length, group.length),
  }
}

function dataQuality({ accepted, duplicates, refused }: Facts, sessions: Session[]): Record<string, unknown>[] {
  const events = groupBy(accepted, ({ time }) => day(time))
  const repeated = groupBy(duplicates, ({ time }) => day(time))
  const turnedAway = groupBy(refused, ({ receivedAt }) => day(receivedAt))
  const begun = groupBy(sessions, ({ start }) => day(start))
  const days = new Set([...events.keys(), ...repeated.keys(), ...turnedAway.keys(), ...begun.keys()])
  return [...days].map((date) => {
    const of = events.get(date) ?? []
    const again = repeated.get(date) ?? []
    const away = turnedAway.get(date) ?? []
    const lost = sum((begun.get(date) ?? []).map(({ lost }) => lost))
    const reasons = groupBy(away, ({ reason }) => reason)
    return {
      date,
      received: of.length + again.length + away.length,
      accepted: of.length,
      duplicates: again.length,
      conflicts: again.filter(({ isConflict }) => isConflict).length,
      rejected: away.length,
      rejected_by_reason: Object.fromEntries([...reasons].map(([reason, group]) => [reason, group.length])),
      late: of.filter(({ time, receivedAt }) => receivedAt - time > 3_600_000).length,
      clock_skewed: of.filter(({ isSkewed }) => isSkewed).length,
      bots: of.filter(({ browser }) => browser.isRobot).length,
      lost_events: lost,
      loss_rate: percent(lost, sum((begun.get(date) ?? []).map(({ made }) => made))),
    }
  })
}

/** "A session's user is the latest non-empty user_id seen in it, else its anonymous_id." */
function personOf({ sessionId, userId, anonymousId }: Fact, sessions: Map<string, Session>): string {
  return sessionId === '' ? userId || anonymousId : (sessions.get(sessionId)?.user ?? '')
}

function peopleOf(facts: Fact[], sessions: Map<string, Session>): Set<string> {
  return new Set(facts.map((fact) => personOf(fact, sessions)).filter((person) => person !== ''))
}

function isRobotsSession(facts: Fact[], sessionId: string): boolean {
  return sessionId !== '' && facts.some((fact) => fact.sessionId === sessionId && fact.browser.isRobot)
}

function bounceRate(group: Session[]): number | null {
  const single = group.filter(({ pageViews }) => pageViews === 1).length
  return percent(single, group.filter(({ pageViews }) => pageViews >= 1).length)
}

function conversionRate(group: Session[]): number | null {
  return percent(group.filter(({ conversions }) => conversions > 0).length, group.length)
}

function groups<Item>(
  items: Item[],
  keyOf: (item: Item) => Record<string, unknown>,
): [Record<string, unknown>, Item[]][] {
  const found = groupBy(items, (item) => JSON.stringify(keyOf(item)))
  return [...found].map(([key, group]) => [JSON.parse(key) as Record<string, unknown>, group])
}

function ofType(facts: Fact[], type: string): Fact[] {
  return facts.filter((fact) => fact.type === type)
}

function numbers(facts: Fact[], field: string): number[] {
  return facts.flatMap(({ sent }) => (typeof sent[field] === 'number' ? [sent[field]] : []))
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function mean(values: number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length
}

function percent(part: number, whole: number): number | null {
  return whole === 0 ? null : (100 * part) / whole
}

/** The value below which a share of the others lies, between its two neighbours: "a median of an even count is the mean of the two". */
function quantile(values: number[], share: number): number | null {
  const sorted = values.toSorted((one, other) => one - other)
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)]
  const above = sorted[Math.ceil(place)]
  return below === undefined || above === undefined ? null : below + (above - below) * (place - Math.floor(place))
}

function extensionOf(fileName: string): string {
  return fileName.includes('.') ? (fileName.split('.').at(-1) ?? '').toLowerCase() : ''
}

function pathOf(pageUrl: string): string {
  return (pageUrl.replace('https://jobs.example', '').split('?')[0] ?? '') || ''
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

function sqlTime(time: number): string {
  return new Date(time).toISOString().replace('T', ' ').replace('Z', '')
}
