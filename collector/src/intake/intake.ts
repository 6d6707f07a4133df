import type { BatchAnswer } from '@offertrail/contract'
import type { Accepted, AcceptedEvent, Delivery, Refusal, Tools } from '../ingest/index.ts'
import { accept, decodeLines, duplicateLine, encodeLines, eventLines, type Line, refusalLine } from '../ingest/index.ts'
import type { Spool } from '../spool/index.ts'
import type { RecentIds } from './recent-ids.ts'

/** Spool frames whose payload is lines (ingest/lines.ts). */
export const LINES_FRAME = 1

export interface Intake {
  /**
   * Resolves when everything accepted is on disk. Rejects with a SpoolError when it could not be written: then nothing is promised
   * and sending the same events again is safe.
   */
  submit(events: readonly unknown[], delivery: Delivery): Promise<Receipt>
}

export interface Receipt extends BatchAnswer {
  /** The events kept by this call, with the ids made for them. */
  events: Pick<AcceptedEvent, 'index' | 'eventId' | 'type' | 'made'>[]
  /** Refusals by reason, for the metrics. */
  reasons: string[]
}

/** Where events enter: checked, recognised when they are repetitions, and written to disk before anybody is told. */
export function createIntake({
  spool,
  recentIds,
  tools,
}: {
  spool: Spool
  recentIds: RecentIds
  tools: Tools
}): Intake {
  return {
    async submit(events, delivery) {
      const { accepted, rejected, warnings } = accept(events, delivery, tools)
      const { fresh, repeated, waitFor } = recognise(accepted, recentIds)
      const lines = linesOf(fresh, repeated, rejected)
      if (lines.length > 0) {
        const written = spool.append(encodeLines(lines), { recvMs: delivery.receivedAt, type: LINES_FRAME })
        claim(fresh, written, recentIds)
        await written
      }
      // A repetition of an event that another request is still writing: that one must be on disk, too, before we say so.
      await Promise.all(waitFor)
      return {
        accepted: fresh.length,
        duplicates: repeated.length,
        rejected: rejected.map(({ index, event_id, errors }) => ({
          index,
          ...(event_id === undefined ? {} : { event_id }),
          errors,
        })),
        warnings,
        events: fresh.map(({ index, eventId, type, made }) => ({ index, eventId, type, made })),
        reasons: rejected.map(({ reason }) => reason),
      }
    },
  }
}

/** Fills the recent ids from what the spool still holds, so that a restart does not make repetitions look new. Returns how many. */
export async function recallIds(spool: Spool, recentIds: RecentIds): Promise<number> {
  let count = 0
  for await (const frame of spool.replay(1)) {
    if (frame.type !== LINES_FRAME) continue
    for (const { table, eventId, contentHash } of decodeLines(frame.payload)) {
      if (eventId === '' || table !== 'event_stream') continue
      recentIds.set(detached(eventId), { contentHash: detached(contentHash) })
      count += 1
    }
  }
  return count
}

/** A copy of its own: a part of a long text keeps all of it in memory, and ids are remembered by the million. */
function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

interface Repetition {
  event: AcceptedEvent
  isConflict: boolean
}

function recognise(accepted: Accepted['accepted'], recentIds: RecentIds) {
  const fresh: AcceptedEvent[] = []
  const repeated: Repetition[] = []
  const waitFor: Promise<unknown>[] = []
  const inThisRequest = new Map<string, string>()
  for (const event of accepted) {
    const known = recentIds.get(event.eventId)
    const contentHash = known?.contentHash ?? inThisRequest.get(event.eventId)
    if (contentHash === undefined) {
      inThisRequest.set(event.eventId, event.contentHash)
      fresh.push(event)
      continue
    }
    repeated.push({ event, isConflict: contentHash !== event.contentHash })
    if (known?.pending) waitFor.push(known.pending)
  }
  return { fresh, repeated, waitFor }
}

function linesOf(fresh: AcceptedEvent[], repeated: Repetition[], rejected: Refusal[]): Line[] {
  return [
    ...fresh.flatMap(eventLines),
    ...repeated.map(({ event, isConflict }) => duplicateLine(event.stream, isConflict)),
    ...rejected.map(refusalLine),
  ]
}

/** Ids are taken before the write, so that a simultaneous repetition sees them, and given back when it fails. */
function claim(fresh: AcceptedEvent[], written: Promise<unknown>, recentIds: RecentIds): void {
  for (const { eventId, contentHash } of fresh) recentIds.set(eventId, { contentHash, pending: written })
  written.then(
    () => {
      for (const { eventId, contentHash } of fresh) recentIds.set(eventId, { contentHash })
    },
    () => {
      for (const { eventId } of fresh) recentIds.delete(eventId)
    },
  )
}
