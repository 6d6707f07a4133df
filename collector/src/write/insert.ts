import type { Batch } from './batch.ts'
import type { Sink } from './sink.ts'

/** What the database already has of a batch. */
export interface Found {
  /** Tables that have all of its rows. */
  complete: ReadonlySet<string>
  /** Tables that have other rows under its number than they should. */
  wrong: string[]
}

export const nothingFound: Found = { complete: new Set(), wrong: [] }

/** Counts a batch's rows in its tables. `uncut`: the batch with the rows that were taken out since, whose tables may hold some still. */
export async function lookUp(sink: Sink, batch: Batch, uncut: Batch): Promise<Found> {
  const complete = new Set<string>()
  const wrong: string[] = []
  for (const table of new Set([...uncut.tables.keys(), ...batch.tables.keys()])) {
    if (table === 'event_stream') continue
    const rows = batch.tables.get(table)?.length ?? 0
    const stored = await sink.countRows(table, batch.id)
    if (stored === rows) complete.add(table)
    else if (stored > 0) wrong.push(table)
  }
  return { complete, wrong }
}

/**
 * Inserts a batch, all but the tables that have it. Settles when every insert has: one that is under way while the next attempt looks
 * what is there would come in behind its back.
 */
export async function insertBatch(
  sink: Sink,
  batch: Batch,
  epoch: number,
  complete: ReadonlySet<string>,
): Promise<void> {
  const { event_stream, ...tables } = Object.fromEntries(batch.tables)
  const missing = Object.entries(tables).filter(([table]) => !complete.has(table))
  const inserts = await Promise.allSettled(
    missing.map(([table, rows]) => sink.insert(table, rows, `${batch.id}-${table}-${epoch}`)),
  )
  for (const insert of inserts) if (insert.status === 'rejected') throw insert.reason
  // Last: what the views count is then in its table.
  if (event_stream) await sink.insert('event_stream', event_stream, `${batch.id}-event_stream-${epoch}`)
}
