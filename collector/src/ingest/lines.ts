import type { AcceptedEvent, Refusal, Values } from './types.ts'

/** A row on its way to a table. Rows of one event share its id and stand or fall together; a row of no event has an empty one. */
export interface Line {
  table: string
  eventId: string
  contentHash: string
  /** JSON object, without its `batch`. */
  json: string
}

/** One line an event and table: `<table> <event id> <content hash> <JSON>`, a dash for what is empty. */
export function encodeLines(lines: readonly Line[]): Uint8Array {
  return Buffer.from(
    lines.map((line) => `${line.table} ${line.eventId || '-'} ${line.contentHash || '-'} ${line.json}\n`).join(''),
    'utf8',
  )
}

/** The inverse of {@link encodeLines}. Throws on bytes that it did not make. */
export function decodeLines(payload: Uint8Array): Line[] {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8')
  const lines: Line[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    const a = text.indexOf(' ', start)
    const b = text.indexOf(' ', a + 1)
    const c = text.indexOf(' ', b + 1)
    if (end < 0 || a < 0 || b < 0 || c < 0 || c > end)
      throw new Error(`lines: malformed at character ${start} of ${text.length}`)
    lines.push({
      table: text.slice(start, a),
      eventId: undash(text.slice(a + 1, b)),
      contentHash: undash(text.slice(b + 1, c)),
      json: text.slice(c + 1, end),
    })
    start = end + 1
  }
  return lines
}

/** The lines of an accepted event: its table's, and the one that passes through `event_stream`. */
export function eventLines({ eventId, contentHash, table, row, stream }: AcceptedEvent): Line[] {
  return [
    { table, eventId, contentHash, json: JSON.stringify(row) },
    { table: 'event_stream', eventId, contentHash, json: JSON.stringify(stream) },
  ]
}

export function refusalLine({ row }: Refusal): Line {
  return { table: 'rejected_events', eventId: '', contentHash: '', json: JSON.stringify(row) }
}

/** A repeated delivery is a row of its own: it has no part in the event it repeats. */
export function duplicateLine(stream: Values, isConflict: boolean): Line {
  const { event_id, type, timestamp, received_at, is_bot } = stream
  return {
    table: 'duplicate_events',
    eventId: '',
    contentHash: '',
    json: JSON.stringify({ event_id, type, timestamp, received_at, is_bot, is_conflict: isConflict }),
  }
}

function undash(text: string): string {
  return text === '-' ? '' : text
}
