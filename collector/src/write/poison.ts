import type { Batch, Row } from './batch.ts'
import { failureKind } from './failure.ts'

/**
 * Finds the rows ClickHouse refuses, by halves, against a table that stores nothing: so nothing has to be taken back. About
 * log2(rows) probes a bad row.
 * @returns event ids with ClickHouse's message; empty when every row parses
 */
export async function findPoison(
  batch: Batch,
  probe: (table: string, rows: readonly Row[]) => Promise<void>,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const [table, rows] of batch.tables) {
    // Rows of our own making (refusals, repetitions) have no event; they are probed with it by their place.
    for (const { row, message } of await search(table, rows, probe))
      if (row.eventId !== '') found[row.eventId] = message
  }
  return found
}

interface Found {
  row: Row
  message: string
}

async function search(
  table: string,
  rows: readonly Row[],
  probe: (table: string, rows: readonly Row[]) => Promise<void>,
): Promise<Found[]> {
  try {
    await probe(table, rows)
    return []
  } catch (error) {
    if (failureKind(error) !== 'data') throw error
    const [row] = rows
    if (rows.length === 1 && row) return [{ row, message: error instanceof Error ? error.message : String(error) }]
    const middle = Math.ceil(rows.length / 2)
    return [...(await search(table, rows.slice(0, middle), probe)), ...(await search(table, rows.slice(middle), probe))]
  }
}
