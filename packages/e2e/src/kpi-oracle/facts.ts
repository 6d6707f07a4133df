import { isDeepStrictEqual } from 'node:util'
import { type Browser, browserOf, noBrowser } from './browsers.ts'
import { namingTypes, type OracleEvent, writeTypes } from './events.ts'
import { type Channel, DAY, type Delivery, MINUTE } from './world.ts'

/** An event as it has to be counted, worked out from what was sent and when the collector says it had it. */
export interface Fact {
  id: string
  type: string
  /** Milliseconds since 1970, corrected. */
  time: number
  receivedAt: number
  /** The time was shifted or replaced. */
  isSkewed: boolean
  userId: string
  anonymousId: string
  sessionId: string
  seq: number | undefined
  pageUrl: string
  referrer: string
  address: string
  browser: Browser
  /** Part of the session it names, in time too. */
  extendsSession: boolean
  /** A thing people do, as opposed to one that is done for them. */
  isBehavior: boolean
  /** What was sent, with the fields of its type. */
  sent: OracleEvent
}

/** What was sent, event by event: the first valid delivery of an id is the event, later ones are repetitions. */
export interface Facts {
  accepted: Fact[]
  duplicates: { time: number; isConflict: boolean }[]
  refused: { receivedAt: number; reason: string }[]
}

/** When the collector had what it stored: by event id, oldest first. Server time is the one thing that cannot be known from outside. */
export interface Receipts {
  accepted: Map<string, number[]>
  duplicates: Map<string, number[]>
  refused: Map<string, number[]>
}

/** A request that was made, and our clock (the collector's too) before and after it. */
export interface Made {
  delivery: Delivery
  /** What the request said its sender's clock shows. */
  sentAt: number | undefined
  before: number
  after: number
}

/** Works out what has to be counted. @throws Error when receipts do not fit what was sent: something is lost, doubled or invented */
export function factsOf(requests: readonly Made[], receipts: Receipts): Facts {
  const take = createTaker(receipts)
  const facts: Facts = { accepted: [], duplicates: [], refused: [] }
  const first = new Map<string, unknown>()
  for (const made of requests) {
    for (const { event, refusal } of made.delivery.parcels) {
      const sent = event as OracleEvent
      if (refusal !== undefined) {
        facts.refused.push({ receivedAt: take('refused', sent.event_id, made), reason: refusal })
      } else if (first.has(sent.event_id)) {
        const { time } = timeOf(sent, made, take('duplicates', sent.event_id, made))
        facts.duplicates.push({ time, isConflict: !isDeepStrictEqual(first.get(sent.event_id), sent) })
      } else {
        first.set(sent.event_id, sent)
        facts.accepted.push(factOf(sent, made, take('accepted', sent.event_id, made)))
      }
    }
  }
  take.nothingLeft()
  return facts
}

function factOf(sent: OracleEvent, made: Made, receivedAt: number): Fact {
  const { channel } = made.delivery
  const text = (field: string) => (typeof sent[field] === 'string' ? sent[field] : '')
  const context = sent.context as { user_agent?: string; consent?: { analytics?: boolean } } | undefined
  const isBrowser = channel.key === 'write'
  // "an explicit analytics: false, GPC/DNT … removes identifiers"; the record of a consent keeps whose it is.
  const refuses = context?.consent?.analytics === false || (isBrowser && channel.privacySignal)
  const isAnonymous = refuses && sent.type !== 'consent'
  const extendsSession = !namingTypes.has(sent.type)
  return {
    id: sent.event_id,
    type: sent.type,
    ...timeOf(sent, made, receivedAt),
    receivedAt,
    userId: isAnonymous ? '' : text('user_id'),
    anonymousId: isAnonymous ? '' : text('anonymous_id'),
    sessionId: isAnonymous ? '' : text('session_id'),
    seq: isAnonymous ? undefined : (sent.seq as number | undefined),
    pageUrl: strippedUrl(text('page_url')),
    referrer: strippedUrl(text('referrer')),
    address: refuses ? '' : addressOf(channel),
    browser: isBrowser ? browserOf(channel.userAgent) : context?.user_agent ? browserOf(context.user_agent) : noBrowser,
    extendsSession,
    isBehavior: extendsSession && writeTypes.has(sent.type),
    sent,
  }
}

/** Contract section 3, "Client clocks". */
function timeOf(
  sent: OracleEvent,
  { delivery, sentAt }: Made,
  receivedAt: number,
): { time: number; isSkewed: boolean } {
  if (typeof sent.timestamp !== 'string') return { time: receivedAt, isSkewed: false }
  const isBrowser = delivery.channel.key === 'write'
  const off = sentAt === undefined || !isBrowser ? 0 : receivedAt - sentAt
  const shift = Math.abs(off) > 2 * MINUTE ? off : 0
  const time = Date.parse(sent.timestamp) + shift
  const isSuspect = time > receivedAt + 5 * MINUTE || (isBrowser && time < receivedAt - 35 * DAY)
  return isSuspect ? { time: receivedAt, isSkewed: true } : { time, isSkewed: shift !== 0 }
}

/** "query strings stripped of everything but an allow-list (utm_*)". */
export function strippedUrl(url: string): string {
  const [address = '', query = ''] = (url.split('#')[0] ?? '').split('?')
  const kept = ['utm_source', 'utm_medium'].flatMap((name) =>
    query.split('&').filter((parameter) => parameter.startsWith(`${name}=`)),
  )
  return kept.length === 0 ? address : `${address}?${kept.join('&')}`
}

/** Only browsers' addresses say where people are. */
function addressOf({ key, address }: Channel): string {
  return key === 'write' ? address.replace(/\d+$/, '0') : ''
}

type Kind = keyof Receipts

/** Gives each delivery its receipt: requests were made one after the other, so the oldest is the first's. */
function createTaker(receipts: Receipts) {
  const taken = new Map<number[], number>()
  const take = (kind: Kind, id: string, { before, after }: Made): number => {
    const times = receipts[kind].get(id) ?? []
    const next = taken.get(times) ?? 0
    const time = times[next]
    if (time === undefined) throw new Error(`${kind}: delivery ${next + 1} of event ${id} left no row`)
    if (time < before || time > after) {
      throw new Error(`${kind}: event ${id} has received_at ${time}, its request was made from ${before} to ${after}`)
    }
    taken.set(times, next + 1)
    return time
  }
  take.nothingLeft = () => {
    for (const [kind, found] of Object.entries(receipts) as [Kind, Map<string, number[]>][]) {
      for (const [id, times] of found) {
        const expected = taken.get(times) ?? 0
        if (expected < times.length) throw new Error(`${kind}: event ${id} has ${times.length} rows, not ${expected}`)
      }
    }
  }
  return take
}
