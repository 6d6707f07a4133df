import { judge } from './answer.ts'
import { BACKOFF_MAX_MS, backoffMs, retryAfterMs, spreadMs } from './backoff.ts'
import type { Outbox } from './outbox.ts'
import { type Entry, take, utf8Bytes } from './queue.ts'
import { parse, safe, stringify } from './safe.ts'
import type { Storage } from './storage.ts'

/** So many waiting events are sent at once. */
export const BATCH_EVENTS = 20
/** Most events of a request, when many wait. */
export const REQUEST_EVENTS_MAX = 100
/** Most bytes of a request's events. */
export const REQUEST_BYTES_MAX = 48 * 1_024
/** All keepalive requests and beacons of a page in flight share 64 KiB (Fetch standard); the page may need some itself. */
export const IN_FLIGHT_BYTES_MAX = 60 * 1_024
/** Events wait so long for others; those of a new page less. */
const FLUSH_AFTER_MS = 2_500
const FIRST_FLUSH_AFTER_MS = 250
const TIMEOUT_MS = 30_000
const RETRY_KEY = 'retry'

export interface Sender {
  /** Sends all that is due, one request after the other. Resolves when nothing is left or nothing gets through; never rejects. */
  flush: () => Promise<void>
  /** Sends at once what may leave with the page. */
  leave: () => void
  /** Sees to it that the queue is sent soon. */
  plan: () => void
  /** Ends requests under way and the plans for more. */
  stop: () => void
  /** The network is back: failures before don't count. What the server asked for does. */
  retryNow: () => void
}

/** Sends an outbox to the collector, one request at a time, until each event was acknowledged. */
export function createSender({
  url,
  key,
  outbox,
  storage,
}: {
  url: string
  key: string
  outbox: Outbox
  storage: Storage
}): Sender {
  const flying = new Set<string>()
  const requests = new Set<AbortController>()
  let flyingBytes = 0
  let limit = REQUEST_EVENTS_MAX
  let attempt = 0
  let waitUntil = 0
  let spread = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let first = true

  /** When the next request may start. The server's word is stored: it holds for all tabs and after a reload. */
  function dueAt(): number {
    const asked = outbox.durable() ? Number(storage.get(RETRY_KEY)) || 0 : 0
    if (asked <= Date.now()) spread = 0
    else spread ||= spreadMs(asked - Date.now(), Math.random())
    return Math.max(waitUntil, asked + spread)
  }

  async function flush(exit = false): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const sent: Promise<void>[] = []
    let more = dueAt() <= Date.now()
    while (more && (exit || !flying.size)) {
      const room = Math.min(REQUEST_BYTES_MAX, IN_FLIGHT_BYTES_MAX - flyingBytes)
      const batch = take(outbox.entries(), flying, limit, room)
      if (!batch.length) break
      sent.push(post(batch, exit))
      more = outbox.entries().length > flying.size
    }
    await Promise.all(sent)
    plan(more && sent.length > 0)
  }

  function plan(hurry = false) {
    const waiting = outbox.entries().length - flying.size
    if (waiting <= 0 || flying.size) return // The end of the request plans again.
    const soon = hurry || waiting >= BATCH_EVENTS ? 0 : first ? FIRST_FLUSH_AFTER_MS : FLUSH_AFTER_MS
    if (timer && soon) return
    first = false
    clearTimeout(timer)
    timer = setTimeout(() => run(), Math.max(dueAt() - Date.now(), soon))
  }

  // Timers or storage of a hostile page: the events stay queued.
  const run = (exit = false) => (running = flush(exit).catch(() => {}))
  let running = Promise.resolve()

  async function drain() {
    await running
    let waiting: number
    do {
      waiting = outbox.entries().length
      await run()
    } while (outbox.entries().length && outbox.entries().length < waiting)
  }

  async function post(batch: readonly Entry[], exit: boolean): Promise<void> {
    const { dropped, rejected } = outbox.lost
    const client = dropped || rejected ? `"client":${stringify({ dropped, rejected })},` : ''
    const head = `{"sent_at":"${new Date().toISOString()}","key":${stringify(key)},${client}`
    const body = `${head}"events":[${batch.map(({ json }) => json)}]}`
    const bytes = utf8Bytes(body)
    const request = new AbortController()
    const ids = batch.map(({ id }) => id)
    for (const id of ids) flying.add(id)
    flyingBytes += bytes
    requests.add(request)
    const timeout = setTimeout(() => request.abort(), TIMEOUT_MS)
    let status = 0
    let answer: Parameters<typeof judge>[1]
    let asked = 0
    try {
      // Firefox before 133 drops the request with the page: there a beacon goes too, and the collector counts once.
      if (exit && !('keepalive' in Request.prototype)) navigator.sendBeacon(url, body)
      // A string goes out as text/plain: no preflight.
      const response = await fetch(url, {
        method: 'POST',
        body,
        keepalive: true,
        credentials: 'omit',
        signal: request.signal,
      })
      status = response.status
      asked = retryAfterMs(response.headers.get('retry-after'), Date.now())
      answer = parse(await response.text())
    } catch {
      // Refused, blocked, offline, or not our collector's answer: judged by what was read. A beacon's `true` is no answer.
      if (exit && !status && !request.signal.aborted) safe(() => navigator.sendBeacon(url, body))()
    }
    clearTimeout(timeout)
    flyingBytes -= bytes
    for (const id of ids) flying.delete(id)
    if (!requests.delete(request)) return
    settle(status, answer, ids, asked, { dropped, rejected })
  }

  function settle(
    status: number,
    answer: Parameters<typeof judge>[1],
    ids: string[],
    asked: number,
    reported: Outbox['lost'],
  ) {
    const verdict = judge(status, answer, ids)
    if (verdict.kind === 'done') {
      outbox.lost.dropped -= reported.dropped
      outbox.lost.rejected += verdict.rejected - reported.rejected
      outbox.remove(verdict.ids)
      attempt = 0
      waitUntil = 0
      if (!outbox.entries().length) limit = REQUEST_EVENTS_MAX
      if (outbox.durable() && storage.get(RETRY_KEY)) storage.set(RETRY_KEY, undefined)
    } else if (verdict.kind === 'split' && ids.length === 1) {
      outbox.lost.rejected += 1
      outbox.remove(new Set(ids))
      limit = REQUEST_EVENTS_MAX
    } else if (verdict.kind === 'split') {
      limit = Math.ceil(ids.length / 2)
    } else if (asked) {
      waitUntil = Date.now() + asked
      if (outbox.durable()) storage.set(RETRY_KEY, `${waitUntil}`)
      else waitUntil += spreadMs(asked, Math.random())
    } else {
      waitUntil =
        Date.now() + (verdict.long ? BACKOFF_MAX_MS * (0.5 + Math.random() / 2) : backoffMs(attempt, Math.random()))
      attempt += 1
    }
  }

  return {
    flush: drain,
    leave: () => void run(true),
    plan: safe(plan),
    stop() {
      clearTimeout(timer)
      timer = undefined
      attempt = waitUntil = 0
      for (const request of requests) request.abort()
      requests.clear()
      flying.clear()
    },
    retryNow() {
      attempt = 0
      waitUntil = 0
      clearTimeout(timer)
      timer = undefined
      plan()
    },
  }
}
