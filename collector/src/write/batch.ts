import { createHash } from 'node:crypto'
import type { Values } from '../ingest/index.ts'
import { decodeLines, duplicateLine, type Line } from '../ingest/index.ts'
import { LINES_FRAME } from '../intake/intake.ts'
import type { Frame } from '../spool/index.ts'

/** What one round of inserts stores: rows by table, all of them marked with the batch's number. */
export interface Batch {
  /** UInt64 in decimal: this collector's number and the first seq, so that no two batches share one. */
  id: string
  firstSeq: number
  lastSeq: number
  tables: Map<string, Row[]>
  events: number
  duplicates: number
  refused: number
}

export interface Row {
  eventId: string
  /** JSON object with its `batch`, as ClickHouse reads it. */
  json: string
}

/** What was decided about a batch before it was sent first; kept in its manifest, so that a later process decides the same. */
export interface Decisions {
  /** Ids that the database had from other batches, with the content hash it had. */
  known: Record<string, string>
  /** Ids of events ClickHouse refuses, with its message. */
  poison: Record<string, string>
}

/** Number of this collector in batch ids, and how far it is shifted: 2^40 seqs last 35,000 years at a frame a millisecond. */
const COLLECTOR_SHIFT = 40n

export function batchId(collectorNumber: number, firstSeq: number): string {
  return ((BigInt(collectorNumber) << COLLECTOR_SHIFT) | BigInt(firstSeq)).toString()
}

/** Ids of all events in the frames, first deliveries and others. */
export function eventIdsOf(frames: readonly Frame[]): string[] {
  const ids = new Set<string>()
  for (const line of linesOf(frames)) if (line.table === 'event_stream') ids.add(line.eventId)
  return [...ids]
}

/**
 * Cuts frames into the rows of one batch. An id that comes twice, or that the database has already, becomes a row of
 * `duplicate_events`; one that ClickHouse refuses becomes a row of `rejected_events`. Same frames and decisions, same rows.
 */
export function cutBatch(id: string, frames: readonly Frame[], { known, poison }: Decisions): Batch {
  const first = frames[0]
  const last = frames.at(-1)
  if (!first || !last) throw new Error('batch: no frames to cut')
  const batch: Batch = {
    id,
    firstSeq: first.seq,
    lastSeq: last.seq,
    tables: new Map(),
    events: 0,
    duplicates: 0,
    refused: 0,
  }
  const add = ({ table, eventId, json }: Line) => {
    const rows = batch.tables.get(table)
    const row = { eventId, json: `{"batch":"${id}",${json.slice(1)}` }
    if (rows) rows.push(row)
    else batch.tables.set(table, [row])
  }
  const firstHash = new Map<string, string>(Object.entries(known))
  for (const lines of linesByEvent(frames)) {
    const { eventId, contentHash } = lines[0] as Line
    if (eventId === '') {
      for (const line of lines) add(line)
      continue
    }
    const earlier = firstHash.get(eventId)
    if (earlier !== undefined) {
      add(duplicateLine(streamOf(lines), earlier !== contentHash))
      batch.duplicates += 1
      continue
    }
    firstHash.set(eventId, contentHash)
    const refusal = poison[eventId]
    if (refusal !== undefined) {
      add(poisonLine(lines, refusal))
      batch.refused += 1
      continue
    }
    for (const line of lines) add(line)
    batch.events += 1
  }
  return batch
}

/** What the manifest proves the rows by. */
export function batchHash(batch: Batch): string {
  const hash = createHash('sha256')
  for (const [table, rows] of [...batch.tables].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${table}\n`)
    for (const { json } of rows) hash.update(json).update('\n')
  }
  return hash.digest('hex')
}

function linesOf(frames: readonly Frame[]): Line[] {
  return frames.filter((frame) => frame.type === LINES_FRAME).flatMap((frame) => decodeLines(frame.payload))
}

/** An event's lines stand next to each other; a line of no event stands alone. */
function* linesByEvent(frames: readonly Frame[]): Generator<Line[]> {
  for (const frame of frames) {
    if (frame.type !== LINES_FRAME) continue
    let group: Line[] = []
    for (const line of decodeLines(frame.payload)) {
      const head = group[0]
      if (head && (line.eventId === '' || line.eventId !== head.eventId)) {
        yield group
        group = []
      }
      group.push(line)
    }
    if (group.length > 0) yield group
  }
}

function streamOf(lines: readonly Line[]): Values {
  const stream = lines.find(({ table }) => table === 'event_stream')
  return JSON.parse(stream?.json ?? '{}') as Values
}

function poisonLine(lines: readonly Line[], message: string): Line {
  const stream = streamOf(lines)
  const typed = lines.find(({ table }) => table !== 'event_stream')
  const row = {
    rejection_id: stream.event_id,
    event_id: stream.event_id,
    type: stream.type,
    received_at: stream.received_at,
    stage: 'insert',
    reason: 'poison',
    message: message.slice(0, 1_000),
    errors: JSON.stringify([{ path: '', message: message.slice(0, 1_000) }]),
    payload: (typed?.json ?? '').slice(0, 8_192),
  }
  return { table: 'rejected_events', eventId: '', contentHash: '', json: JSON.stringify(row) }
}
