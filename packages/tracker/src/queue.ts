import { parse, stringify } from './safe.ts'

/** An event that has its ids and number and waits to be acknowledged. */
export interface Entry {
  id: string
  /** When it was made, in epoch milliseconds. */
  at: number
  /** First to go when the queue is full. */
  low: boolean
  /** The event as JSON text, frozen: every delivery is the same. */
  json: string
  /** Its size in UTF-8. */
  bytes: number
}

/** Bounds of a tab's queue. */
export const QUEUE_EVENTS_MAX = 1_000
export const QUEUE_BYTES_MAX = 512 * 1_024
export const QUEUE_AGE_MAX_MS = 7 * 86_400_000

export interface Bounds {
  events: number
  bytes: number
  ageMs: number
}
const bounds: Bounds = { events: QUEUE_EVENTS_MAX, bytes: QUEUE_BYTES_MAX, ageMs: QUEUE_AGE_MAX_MS }

/** Bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length
}

/** The entries that fit the bounds, in their order: too old go first, then the oldest of low priority, then the oldest. */
export function bounded(entries: readonly Entry[], nowMs: number, { events, bytes, ageMs } = bounds): Entry[] {
  let kept = entries.filter((entry) => nowMs - entry.at <= ageMs)
  let count = kept.length
  let size = 0
  for (const entry of kept) size += entry.bytes
  for (const low of [true, false]) {
    kept = kept.filter((entry) => {
      if ((count <= events && size <= bytes) || entry.low !== low) return true
      count -= 1
      size -= entry.bytes
      return false
    })
  }
  return kept
}

/** The first entries, none of them in `except`, that together stay within `count` and `bytes`. */
export function take(entries: readonly Entry[], except: ReadonlySet<string>, count: number, bytes: number): Entry[] {
  const taken: Entry[] = []
  let size = 0
  for (const entry of entries) {
    if (except.has(entry.id)) continue
    size += entry.bytes + 1
    if (taken.length >= count || size > bytes) break
    taken.push(entry)
  }
  return taken
}

/** What is stored beside the entries: losses not reported yet, and when the tab was last seen alive (epoch milliseconds). */
export interface Notes {
  dropped: number
  rejected: number
  alive: number
}

/** The text for storage. */
export function write(entries: readonly Entry[], { dropped, rejected, alive }: Notes): string {
  return `{"dropped":${dropped},"rejected":${rejected},"alive":${alive},"events":[${entries.map(({ json }) => json)}]}`
}

/** What a tab left in storage. Throws when the text is not of {@link write}. */
export function read(text: string): Notes & { entries: Entry[] } {
  const { events, ...notes } = parse(text)
  return { ...notes, entries: events.map((event: Parameters<typeof entryOf>[0]) => entryOf(event)) }
}

/** The entry of an event; what people did outweighs what was measured about it. */
export function entryOf(
  event: { event_id: string; timestamp: string; type: string; interaction_type?: string },
  json = stringify(event),
): Entry {
  return {
    id: event.event_id,
    at: Date.parse(event.timestamp),
    low: /^(web_vital|error|scroll_depth|time_on_page)$/.test(event.interaction_type ?? event.type),
    json,
    bytes: utf8Bytes(json),
  }
}
