import { createHash } from 'node:crypto'
import type { Values } from '../ingest/index.ts'
import { decodeLines, duplicateLine, type Line, payloadOf, sqlTime } from '../ingest/index.ts'
import { LINES_FRAME } from '../intake/intake.ts'
import type { Frame } from '../spool/index.ts'

/** What one round of inserts stores: rows by table, all of them marked with the batch's number. */
export interface Batch {
  /** UInt64 in decimal: the process's number and the first seq, so that no two batches share one. */
  id: string
  firstSeq: number
  lastSeq: number
  tables: Map<string, Row[]>
  events: number
  duplicates: number
  refused: number
}

export interface Row {
  /** What decisions name it by: its event's id; of a row of no event, its place in the spool. */
  key: string
  /** JSON object with its `batch`, as ClickHouse reads it. */
  json: string
}

/** What was decided about a batch before it was sent first; kept in its manifest, so that a later process decides the same. */
export interface Decisions {
  /** Ids that the database had from other batches, with the content hash it had. */
  known: Record<string, string>
  /** Keys of rows ClickHouse refuses, with what is wrong with them. */
  poison: Record<string, Refused>
}

/** ClickHouse's reason, without anything of the row: its error's name, and the column where it names one. */
export interface Refused {
  reason: string
  column: string
}

/** Number of this process in batch ids, and how far it is shifted: 2^40 seqs last 35,000 years at a frame a millisecond. */
const PROCESS_SHIFT = 40n

export function batchId(processNumber: number, firstSeq: number): string {
  return ((BigInt(processNumber) << PROCESS_SHIFT) | BigInt(firstSeq)).toString()
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
  const add = (key: string, { table, json }: Line) => {
    const rows = batch.tables.get(table)
    const row = { key, json: `{"batch":"${id}",${json.slice(1)}` }
    if (rows) rows.push(row)
    else batch.tables.set(table, [row])
  }
  /** A row of no event: a refusal, a repetition. */
  const addAlone = (place: string, line: Line, recvMs: number) => {
    const refused = poison[place]
    if (refused === undefined) add(place, line)
    else add(place, refusedLine({ received_at: sqlTime(recvMs) }, refused))
  }
  const firstHash = new Map<string, string>(Object.entries(known))
  for (const { place, recvMs, lines } of groupsOf(frames)) {
    const head = lines[0] as Line
    const { eventId, contentHash } = head
    if (eventId === '') {
      addAlone(place, head, recvMs)
      continue
    }
    const earlier = firstHash.get(eventId)
    if (earlier !== undefined) {
      addAlone(place, duplicateLine(streamOf(lines), earlier !== contentHash), recvMs)
      batch.duplicates += 1
      continue
    }
    firstHash.set(eventId, contentHash)
    const refused = poison[eventId]
    if (refused !== undefined) {
      add(place, poisonLine(lines, refused))
      batch.refused += 1
      continue
    }
    for (const line of lines) add(eventId, line)
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

interface Group {
  /** Where it stands: seq of the frame and its number in it. */
  place: string
  recvMs: number
  lines: Line[]
}

/** An event's lines stand next to each other; a line of no event stands alone. */
function* groupsOf(frames: readonly Frame[]): Generator<Group> {
  for (const { type, seq, recvMs, payload } of frames) {
    if (type !== LINES_FRAME) continue
    let number = 0
    let lines: Line[] = []
    for (const line of decodeLines(payload)) {
      const head = lines[0]
      if (head && (line.eventId === '' || line.eventId !== head.eventId)) {
        yield { place: `${seq}.${number}`, recvMs, lines }
        number += 1
        lines = []
      }
      lines.push(line)
    }
    if (lines.length > 0) yield { place: `${seq}.${number}`, recvMs, lines }
  }
}

function streamOf(lines: readonly Line[]): Values {
  const stream = lines.find(({ table }) => table === 'event_stream')
  return JSON.parse(stream?.json ?? '{}') as Values
}

function poisonLine(lines: readonly Line[], refused: Refused): Line {
  const { event_id, type, received_at } = streamOf(lines)
  const typed = lines.find(({ table }) => table !== 'event_stream')
  const payload = payloadOf(JSON.parse(typed?.json ?? '{}'))
  return refusedLine({ rejection_id: event_id, event_id, type, received_at, payload }, refused)
}

function refusedLine(row: Values, { reason, column }: Refused): Line {
  const path = column === '' ? '' : `/${column}`
  const message = `ClickHouse refuses it: ${reason}`
  const errors = JSON.stringify([{ path, message }])
  const json = JSON.stringify({ ...row, stage: 'insert', reason: 'poison', path, message, errors })
  return { table: 'rejected_events', eventId: '', contentHash: '', json }
}
