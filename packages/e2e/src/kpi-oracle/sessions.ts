import type { Fact } from './facts.ts'
import { strippedUrl } from './facts.ts'
import { groupBy } from './group-by.ts'

/** A row of user_sessions, and who was active in it on which days. */
export interface Session {
  sessionId: string
  user: string
  anonymousId: string
  start: number
  end: number
  /** Seconds. */
  duration: number
  deviceType: string
  browser: string
  os: string
  address: string
  referrer: string
  entryPage: string
  exitPage: string
  pageViews: number
  interactions: number
  conversions: number
  isRobot: boolean
  /** Numbers made, from 0 to the largest that came. */
  made: number
  lost: number
}

/**
 * Sessions as contract section 1 tells: "one row a session, right while the session runs and with events arriving late or out of
 * order". Where it is silent: events of one millisecond are in the order of their ids; entry and exit pages given by
 * session_start and session_end stand before those of other events, and so does the device that a session_start came from.
 */
export function sessionsOf(facts: readonly Fact[]): Map<string, Session> {
  const sessions = new Map<string, Session>()
  const bySession = groupBy(facts, ({ sessionId }) => sessionId)
  for (const [sessionId, members] of bySession) {
    const events = members.filter(({ extendsSession }) => extendsSession).sort(byTimeAndId)
    const first = events[0]
    const last = events.at(-1)
    if (sessionId !== '' && first && last) sessions.set(sessionId, sessionOf(sessionId, members, events, first, last))
  }
  return sessions
}

function sessionOf(sessionId: string, members: Fact[], events: Fact[], first: Fact, last: Fact): Session {
  const reversed = events.toReversed()
  const [start] = ofType(events, 'session_start')
  const startsFirst = [...ofType(events, 'session_start'), ...events]
  const text = (fact: Fact, field: string) => (typeof fact.sent[field] === 'string' ? fact.sent[field] : '')
  const anonymousId = firstOf(reversed, ({ anonymousId }) => anonymousId)
  const interactions = ofType(events, 'interaction')
  const ofKind = (kind: string) => interactions.filter(({ sent }) => sent.interaction_type === kind).length
  const numbers = new Set(members.flatMap(({ seq }) => (seq === undefined ? [] : [seq])))
  const made = numbers.size === 0 ? 0 : Math.max(...numbers) + 1
  const reported = ofType(reversed, 'session_end')[0]?.sent.conversion_events
  return {
    sessionId,
    user: firstOf(reversed, ({ userId }) => userId) || anonymousId,
    anonymousId,
    start: first.time,
    end: last.time,
    duration: (last.time - first.time) / 1_000,
    deviceType: firstOf(startsFirst, (fact) => text(fact, 'device_type') || fact.browser.device_type),
    browser: firstOf(startsFirst, (fact) => text(fact, 'browser') || fact.browser.browser),
    os: firstOf(startsFirst, (fact) => text(fact, 'os') || fact.browser.os),
    address: firstOf(events, ({ address }) => address),
    referrer: start ? start.referrer : firstOf(events, ({ referrer }) => referrer),
    entryPage:
      firstOf(events, (fact) => strippedUrl(text(fact, 'entry_page'))) || firstOf(events, ({ pageUrl }) => pageUrl),
    exitPage:
      firstOf(reversed, (fact) => strippedUrl(text(fact, 'exit_page'))) || firstOf(reversed, ({ pageUrl }) => pageUrl),
    pageViews: ofKind('page_view'),
    interactions: interactions.length,
    conversions: ofKind('application_complete') + Number(reported ?? 0),
    isRobot: members.some(({ browser }) => browser.isRobot),
    made,
    lost: made - numbers.size,
  }
}

function ofType(facts: readonly Fact[], type: string): Fact[] {
  return facts.filter((fact) => fact.type === type)
}

function firstOf(facts: readonly Fact[], value: (fact: Fact) => string): string {
  return facts.map(value).find((found) => found !== '') ?? ''
}

function byTimeAndId(one: Fact, other: Fact): number {
  return one.time - other.time || (one.id < other.id ? -1 : 1)
}
