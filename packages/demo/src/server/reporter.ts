import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

/** An event as the collector takes it; `event_id` and `timestamp` are added. */
export type ServerEvent = { type: string } & Record<string, unknown>

/** Tells the collector what happened on this server, without ever making a visitor wait or fail for it. */
export interface Reporter {
  /** Queues events; they leave within a moment. */
  report(events: readonly ServerEvent[]): void
  /** Tries once more what waits, and stops. */
  close(): Promise<void>
  readonly stats: { sent: number; waiting: number; dropped: number }
}

export interface ReporterOptions {
  collectorUrl: () => string
  serverKey: string
  /** Told once per trouble, and when it is over. */
  log: (message: string) => void
}

/** Events kept while the collector does not answer; the oldest go first. */
const WAITING_MAX = 2_000
const BATCH_MAX = 100
const GATHER_MS = 20
const TIMEOUT_MS = 5_000
const BACKOFF_MIN_MS = 500
const BACKOFF_MAX_MS = 30_000

/**
 * A queue in memory before `POST /api/analytics/events`. Each event keeps its id over all attempts, so one that arrived and was
 * answered too late counts once. What waits when the process ends is lost: a site that can't afford that uses a queue on disk.
 */
export function createReporter({ collectorUrl, serverKey, log }: ReporterOptions): Reporter {
  const waiting: ServerEvent[] = []
  const stats = { sent: 0, waiting: 0, dropped: 0 }
  let running: Promise<void> | undefined
  let failures = 0
  let closing = false

  async function run(): Promise<void> {
    await pause(GATHER_MS)
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_MAX)
      const verdict = await post(batch)
      if (verdict === 'retry') {
        failures += 1
        if (failures === 1) log('demo: the collector does not take events; they wait in memory')
        if (closing) return
        await pause(Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (failures - 1)))
        continue
      }
      if (failures > 0) log('demo: the collector takes events again')
      failures = 0
      // While the request ran, the oldest may have been dropped for room: take out what was sent, not the first so many.
      const done = new Set(batch)
      waiting.splice(0, waiting.length, ...waiting.filter((event) => !done.has(event)))
      if (verdict === 'sent') stats.sent += batch.length
      else drop(batch.length, 'the collector refused events')
    }
  }

  async function post(events: readonly ServerEvent[]): Promise<'sent' | 'refused' | 'retry'> {
    try {
      const response = await fetch(`${collectorUrl()}/api/analytics/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${serverKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ sent_at: new Date().toISOString(), events }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const { status } = response
      await response.arrayBuffer()
      if (response.ok) return 'sent'
      return status >= 500 || status === 408 || status === 429 ? 'retry' : 'refused'
    } catch {
      return 'retry' // No answer: not listening yet, restarting, too slow.
    }
  }

  function drop(count: number, why: string): void {
    if (stats.dropped === 0) log(`demo: ${why}; they are dropped`)
    stats.dropped += count
  }

  /** Waits without keeping the process alive; a close ends the wait. */
  let wake = new AbortController()
  const pause = (delayMs: number) => sleep(delayMs, undefined, { ref: false, signal: wake.signal }).catch(() => {})

  function start(): void {
    running ??= run().finally(() => {
      running = undefined
      if (waiting.length > 0 && !closing) start()
    })
  }

  return {
    stats: Object.defineProperty(stats, 'waiting', { get: () => waiting.length }),
    report(events) {
      if (closing) return
      for (const event of events) {
        waiting.push({ event_id: randomUUID(), timestamp: new Date().toISOString(), ...event })
      }
      const over = waiting.length - WAITING_MAX
      if (over > 0) {
        waiting.splice(0, over)
        drop(over, 'too many events wait')
      }
      start()
    },
    async close() {
      closing = true
      wake.abort()
      await running
      if (waiting.length === 0) return
      wake = new AbortController()
      wake.abort()
      await run()
    },
  }
}
