import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { MIGRATIONS_TABLE } from './existing.ts'
import { expand } from './placeholders.ts'
import { SchemaError } from './schema-error.ts'
import { listSql, rootPath, type SchemaRoot, sha256 } from './source.ts'
import { splitStatements } from './tokens.ts'

/** A file of migrations/: what brings an installation from an earlier release to this one. */
export interface Migration {
  file: string
  number: number
  /** Of the file's text as it is, placeholders and all: settings may change later, the file may not. */
  sha256: string
  statements: string[]
}

/** @throws SchemaError for a wrong name, a number used twice, or an unknown placeholder */
export function readMigrations(root: SchemaRoot, vars: Record<string, string>): Migration[] {
  const path = rootPath(root)
  const numbers = new Map<number, string>()
  return listSql(path, 'migrations').map((file) => {
    const digits = /^(\d{4})-[a-z0-9-]+\.sql$/.exec(basename(file))?.[1]
    if (digits === undefined) throw new SchemaError(file, 'the name of a migration is NNNN-title.sql')
    const number = Number(digits)
    const other = numbers.get(number)
    if (other !== undefined) throw new SchemaError(file, `its number is taken by ${other}`)
    numbers.set(number, file)
    const text = readFileSync(join(path, file), 'utf8')
    const sql = expand(text, file, { vars, fragments: new Map(), comment: '' })
    const statements = splitStatements(sql)
    if (statements.length === 0) throw new SchemaError(file, 'there is no statement in it')
    return { file, number, sha256: sha256(text), statements }
  })
}

/**
 * Runs what has not run here yet, in the order of the numbers, each once. A fresh database is made by tables/ as they
 * are now, so there all are marked as done. One that failed in the middle goes on with the statement that failed.
 * @returns the files that ran
 * @throws SchemaError when a file was edited after it ran, or ClickHouse refuses a statement
 */
export async function runMigrations(
  client: ClickHouseClient,
  migrations: Migration[],
  fresh: boolean,
): Promise<string[]> {
  const ran: string[] = []
  if (migrations.length === 0) return ran
  const records = await readRecords(client)
  for (const migration of migrations) {
    const { file, statements } = migration
    const record = records.get(migration.number)
    if (record?.finished) {
      if (record.sha256 === migration.sha256) continue
      throw new SchemaError(file, 'it was edited after it ran; put it back as it was and write a new one')
    }
    if (fresh) {
      await writeRecord(client, migration, statements.length)
      continue
    }
    for (let done = record?.statements_done ?? 0; done < statements.length; done += 1) {
      try {
        await client.command({ query: statements[done] ?? '' })
      } catch (cause) {
        throw new SchemaError(file, `ClickHouse refuses its statement ${done + 1} of ${statements.length}`, { cause })
      }
      await writeRecord(client, migration, done + 1)
    }
    ran.push(file)
  }
  return ran
}

/** Those that have not run here yet. */
export async function pendingMigrations(client: ClickHouseClient, migrations: Migration[]): Promise<Migration[]> {
  const records = await readRecords(client)
  return migrations.filter(({ number }) => !records.get(number)?.finished)
}

interface MigrationRecord {
  number: number
  sha256: string
  statements_done: number
  finished: boolean
}

async function readRecords(client: ClickHouseClient): Promise<Map<number, MigrationRecord>> {
  // Synced to the disk: a statement that must not run twice has to be remembered through a power cut.
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS ${MIGRATIONS_TABLE}
      (
        number UInt32,
        sql_file String,
        sha256 String,
        statements_done UInt32,
        finished Bool,
        applied_at DateTime64(6, 'UTC') DEFAULT now64(6)
      )
      ENGINE = MergeTree
      ORDER BY (number, statements_done)
      SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
      COMMENT 'Migrations that ran here, a row a statement'`,
  })
  const answer = await client.query({
    query: `SELECT number, argMax(t.sha256, t.statements_done) AS sha256, max(t.statements_done) AS statements_done,
        max(t.finished) AS finished
      FROM ${MIGRATIONS_TABLE} AS t GROUP BY number`,
    format: 'JSONEachRow',
  })
  const rows = await answer.json<MigrationRecord>()
  return new Map(rows.map((row) => [row.number, row]))
}

async function writeRecord(client: ClickHouseClient, migration: Migration, done: number): Promise<void> {
  const { file, number, sha256 } = migration
  const finished = done >= migration.statements.length
  await client.insert({
    table: MIGRATIONS_TABLE,
    values: [{ number, sql_file: file, sha256, statements_done: done, finished }],
    format: 'JSONEachRow',
  })
}
