import type { ClickHouseClient } from '@clickhouse/client'
import { OBJECTS_TABLE } from './existing.ts'
import type { ObjectKind } from './statement.ts'

/** What was applied last, so that a start with nothing new asks two questions instead of running every statement. */
export interface LedgerEntry {
  name: string
  kind: ObjectKind
  file: string
  /** Of the object's own statement. */
  sha256: string
  /** Of all statements together, as they were when this one was applied. */
  schema_sha256: string
  /** Removed since; such entries are not read back. */
  dropped: boolean
}

/** Losing this table, in a power cut for instance, costs time at the next start and nothing else. */
export async function readLedger(client: ClickHouseClient): Promise<Map<string, LedgerEntry>> {
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS ${OBJECTS_TABLE}
      (
        name String,
        kind LowCardinality(String),
        sql_file String,
        sha256 String,
        schema_sha256 String,
        dropped Bool,
        applied_at DateTime64(6, 'UTC') DEFAULT now64(6)
      )
      ENGINE = ReplacingMergeTree(applied_at)
      ORDER BY name
      COMMENT 'Which file made which object, and from what text'`,
  })
  const answer = await client.query({
    query: `SELECT name, kind, sql_file AS source, sha256, schema_sha256, dropped FROM ${OBJECTS_TABLE} FINAL WHERE NOT dropped`,
    format: 'JSONEachRow',
  })
  // No column is called "file": people's SQL may not say that word, it is a function that reads files.
  const rows = await answer.json<Omit<LedgerEntry, 'file'> & { source: string }>()
  return new Map(rows.map(({ source, ...row }) => [row.name, { ...row, file: source }]))
}

export async function writeLedger(client: ClickHouseClient, entries: LedgerEntry[]): Promise<void> {
  if (entries.length === 0) return
  await client.insert({
    table: OBJECTS_TABLE,
    values: entries.map(({ file, ...entry }) => ({ ...entry, sql_file: file })),
    format: 'JSONEachRow',
  })
}
