import type { Batch, Refused, Row } from './batch.ts'
import { failureKind, reasonOf } from './failure.ts'
import { samplesOf } from './samples.ts'
import type { Sink } from './sink.ts'

type Probe = Sink['probe']

/** Tables refuse rows that are known to be good: it is they that are not what the collector writes. */
export class TableMismatch extends Error {
  readonly table: string
  readonly refused: Refused

  constructor(table: string, refused: Refused) {
    super(`writer: ${table} does not take rows of this version: ${refused.reason} ${refused.column}`)
    this.table = table
    this.refused = refused
  }
}

/**
 * Finds the rows ClickHouse refuses, by halves, against a table that stores nothing: so nothing has to be taken back. About
 * log2(rows) probes a bad row.
 * @returns keys of rows with ClickHouse's reason; empty when every row parses
 * @throws TableMismatch when a table refuses the contract's own samples, so that no event is blamed for the table
 */
export async function findPoison(batch: Batch, probe: Probe): Promise<Record<string, Refused>> {
  const found: Record<string, Refused> = {}
  for (const [table, rows] of batch.tables) {
    if ((await refusal(table, rows, probe)) === undefined) continue
    await assertSound(table, probe)
    // Asked again: the table may have been mended since the rows were refused.
    const refused = await refusal(table, rows, probe)
    if (refused === undefined) continue
    await search(table, rows, refused, probe, found)
    // And it may have been broken while we searched.
    await assertSound(table, probe)
  }
  return found
}

async function assertSound(table: string, probe: Probe): Promise<void> {
  const mismatch = await refusal(table, samplesOf(table), probe)
  if (mismatch) throw new TableMismatch(table, mismatch)
}

/** Goes on with the halves of rows that were refused together. */
async function search(
  table: string,
  rows: readonly Row[],
  refused: Refused,
  probe: Probe,
  found: Record<string, Refused>,
): Promise<void> {
  const [row] = rows
  if (rows.length === 1 && row) {
    found[row.key] = refused
    return
  }
  const middle = Math.ceil(rows.length / 2)
  for (const half of [rows.slice(0, middle), rows.slice(middle)]) {
    const why = await refusal(table, half, probe)
    if (why) await search(table, half, why, probe, found)
  }
}

async function refusal(table: string, rows: readonly Row[], probe: Probe): Promise<Refused | undefined> {
  if (rows.length === 0) return undefined
  try {
    await probe(table, rows)
    return undefined
  } catch (error) {
    if (failureKind(error) !== 'data') throw error
    return reasonOf(error)
  }
}
