import { type Browser, peoplesBrowsers, robotsBrowser } from './browsers.ts'
import { deliveriesOf } from './deliveries.ts'
import { browserEvent, namingEvent, type OracleEvent, serverEvent } from './events.ts'
import type { Random } from './random.ts'

/** Where events come from: one browser, or the site's own server. What it sends, it always sends in this way. */
export interface Channel {
  key: 'write' | 'server'
  userAgent: string
  address: string
  /** Global Privacy Control. */
  privacySignal: boolean
  /** What its clock shows more than ours, milliseconds. */
  clockOffsetMs: number
  /** Whether it says what its clock shows when it sends. */
  tellsClock: boolean
}

/** One event as it is put in a request, and why it will be refused, if it will. */
export interface Parcel {
  event: unknown
  refusal?: string
}

export interface Delivery {
  channel: Channel
  encoding: 'json' | 'text' | 'gzip'
  parcels: Parcel[]
}

export const MINUTE = 60_000
export const DAY = 1_440 * MINUTE

/**
 * Some days on a job board, as requests in the order they are sent: people with several browsers and sessions, unknown at first,
 * two on one browser, over midnight, with wrong clocks, who do not want to be known; robots; servers; and a network
 * that loses, repeats and reorders.
 * @param now milliseconds since 1970; nothing happens within an hour of 30 days before it
 */
export function createWorld(random: Random, now: number): Delivery[] {
  const sent: { channel: Channel; events: OracleEvent[] }[] = []
  const server = { channel: serverChannel, events: [] as OracleEvent[] }
  const sessionIds: string[] = []
  for (let person = 0; person < 9; person += 1) {
    for (let count = random.between(1, 2); count > 0; count -= 1) {
      const visitor = createVisitor(random, person)
      const events: OracleEvent[] = []
      for (let sessions = random.between(1, 3); sessions > 0; sessions -= 1) {
        // Somebody's site reuses a session's id now and then.
        const session_id = random.chance(0.05) && sessionIds.length > 0 ? random.pick(sessionIds) : random.uuid()
        sessionIds.push(session_id)
        const start = startOfSession(random, now)
        events.push(...sessionEvents(random, visitor, session_id, start))
        if (random.chance(0.4)) server.events.push(...serverCalls(random, visitor, session_id, start, now))
      }
      sent.push({ channel: visitor.channel, events })
    }
  }
  server.events.push(...lonelyCalls(random, now), ...history(random))
  return deliveriesOf(random, [...sent, server], now)
}

interface Visitor {
  channel: Channel
  anonymousId: string
  person: number
  /** Empty until the visitor signs in, and after signing out. */
  userId: string
}

const serverChannel: Channel = {
  key: 'server',
  userAgent: 'jobs-backend/2.1',
  address: '198.51.100.4',
  privacySignal: false,
  clockOffsetMs: 0,
  tellsClock: false,
}

function createVisitor(random: Random, person: number): Visitor {
  const browser: Browser = random.chance(0.12) ? robotsBrowser : random.pick(peoplesBrowsers)
  const clockOffsetMs = random.pick([0, 0, 0, MINUTE, 3 * 60 * MINUTE, -DAY, 400 * DAY])
  return {
    channel: {
      key: 'write',
      userAgent: browser.userAgent,
      address: `203.0.${random.between(1, 200)}.${random.between(1, 254)}`,
      privacySignal: random.chance(0.08),
      clockOffsetMs,
      tellsClock: clockOffsetMs === 0 ? random.chance(0.5) : random.chance(0.85),
    },
    anonymousId: random.uuid(),
    person,
    userId: random.chance(0.3) ? `user_${person}` : '',
  }
}

/** Mostly within 29 days, wrong clocks included; some older, some older than a browser may tell, some just before midnight. */
function startOfSession(random: Random, now: number): number {
  const age = random.chance(0.8) ? random.between(0, 26 * DAY) : random.pick([31 * DAY, 33 * DAY, 40 * DAY, MINUTE])
  const start = now - 3 * 60 * MINUTE - age
  if (!random.chance(0.25)) return start
  return start - (start % DAY) - random.between(0, 4) * MINUTE
}

function sessionEvents(random: Random, visitor: Visitor, session_id: string, start: number): OracleEvent[] {
  const { channel } = visitor
  const events: OracleEvent[] = []
  let time = start
  let seq = -1
  const add = (fields: { type: string } & Record<string, unknown>) => {
    seq += 1
    // Some are made and never get to us.
    if (random.chance(0.06)) return
    const clock = time + channel.clockOffsetMs + (random.chance(0.1) ? random.between(-2_000, 2_000) : 0)
    events.push({
      event_id: random.uuid(),
      ...(random.chance(0.03) ? {} : { timestamp: new Date(clock).toISOString() }),
      ...(visitor.userId !== '' && { user_id: visitor.userId }),
      ...(random.chance(0.95) && { anonymous_id: visitor.anonymousId }),
      session_id,
      ...(random.chance(0.95) && { seq }),
      ...fields,
    })
  }
  if (random.chance(0.7)) add(browserEvent(random, 'session_start'))
  for (let count = random.between(1, 9); count > 0; count -= 1) {
    add(browserEvent(random))
    // Several in one millisecond, whole minutes (so that some fall on midnight), and anything else.
    time += random.pick([0, MINUTE, random.between(1, 60_000), random.between(1, 8 * MINUTE)])
    visitor.userId = nextUser(random, visitor)
  }
  if (random.chance(0.2)) add(namingEvent(random, 'ab_conversion'))
  for (let ends = random.pick([0, 0, 1, 1, 2]); ends > 0; ends -= 1) {
    add(browserEvent(random, 'session_end'))
    time += random.between(0, 30_000)
  }
  return events
}

function nextUser(random: Random, { userId, person }: Visitor): string {
  if (random.chance(0.15)) return `user_${person}`
  if (random.chance(0.03)) return ''
  // Somebody else sits down at the same browser.
  return random.chance(0.03) ? `user_${random.between(0, 11)}` : userId
}

/** What the site's server does in a visitor's session, and long after it. */
function serverCalls(random: Random, visitor: Visitor, session_id: string, start: number, now: number): OracleEvent[] {
  return Array.from({ length: random.between(1, 3) }, () => {
    const later = random.chance(0.4)
    const time = start + (later ? random.between(1, 20) * DAY : random.between(-1, 20) * MINUTE)
    const agent = random.chance(0.3) && { context: { user_agent: visitor.channel.userAgent } }
    return {
      event_id: random.uuid(),
      timestamp: new Date(time).toISOString(),
      session_id,
      ...(random.chance(0.6) && { user_id: `user_${visitor.person}` }),
      ...agent,
      ...(later ? namingEvent(random) : serverEvent(random)),
    }
  }).filter((event) => Date.parse(event.timestamp) < now)
}

/** Calls for people who have no session, for nobody, and for sessions that were never seen. */
function lonelyCalls(random: Random, now: number): OracleEvent[] {
  return Array.from({ length: 14 }, () => ({
    event_id: random.uuid(),
    timestamp: new Date(now - 60 * MINUTE - random.between(0, 28 * DAY)).toISOString(),
    ...(random.chance(0.7) && { user_id: `user_${random.between(0, 11)}` }),
    ...(random.chance(0.2) && { session_id: random.pick(['server-1', 'server-2']) }),
    ...(random.chance(0.5) ? serverEvent(random) : namingEvent(random)),
  }))
}

/** What a site brings along from before: server keys may send it. */
function history(random: Random): OracleEvent[] {
  const start = Date.parse('2005-02-28T23:58:00.000Z')
  return Array.from({ length: 4 }, (_, minute) => ({
    event_id: random.uuid(),
    timestamp: new Date(start + minute * MINUTE).toISOString(),
    user_id: 'user_0',
    session_id: 'history-1',
    ...serverEvent(random),
  }))
}
