import { ClickHouseError } from '@clickhouse/client'
import type { Engine } from '../engine/engine.ts'
import { alterTable } from './alter-table.ts'
import { type ExistingObject, readExisting } from './existing.ts'
import { type LedgerEntry, readLedger, writeLedger } from './ledger.ts'
import { readMigrations, runMigrations } from './migrations.ts'
import { SchemaError } from './schema-error.ts'
import { createScratch, dropStaleScratch, type Scratch } from './scratch.ts'
import { readSchema, type SchemaObject, type SchemaRoot, sha256 } from './source.ts'
import { type ObjectKind, orReplace } from './statement.ts'

export interface SchemaOptions {
  /** The folder that holds tables/, kpis/ and, if any, migrations/. */
  root: SchemaRoot
  /** What `{{name}}` stands for in the files. */
  vars: Record<string, string>
}

/** Names of objects, in the order in which things were done. */
export interface AppliedSchema {
  created: string[]
  /** Tables altered, views replaced, materialized views dropped and made again because their own text changed. */
  replaced: string[]
  unchanged: string[]
  /** Views of which no file speaks any more. Tables are never dropped. */
  dropped: string[]
  /** Files of migrations that ran. */
  migrated: string[]
}

/**
 * Makes the database what the files say; a second call with the same files asks a few questions and changes nothing.
 * To be called while nobody writes: a materialized view that changed is missing for a moment. What it had written
 * before stays as it was; who changes one rebuilds its target in a migration.
 * @throws SchemaError when a file is wrong, or a table cannot be changed in place
 */
export async function applySchema(engine: Engine, options: SchemaOptions): Promise<AppliedSchema> {
  const vars = { database: engine.database, ...options.vars }
  const objects = readSchema(options.root, vars).flatMap((file) => file.objects)
  const migrations = readMigrations(options.root, vars)
  const client = engine.client()

  await dropStaleScratch(engine)
  let existing = await readExisting(client, engine.database)
  const migrated = await runMigrations(client, migrations, existing.size === 0)
  if (migrated.length > 0) existing = await readExisting(client, engine.database)
  const ledger = await readLedger(client)
  const run: Run = {
    engine,
    existing,
    ledger,
    // A view's stored columns depend on what it reads: any change refreshes all plain views.
    schemaSha256: sha256(objects.map((object) => object.sha256).join('\n')),
    result: { created: [], replaced: [], unchanged: [], dropped: [], migrated },
    entries: [],
    scratch: undefined,
  }
  try {
    await dropForgotten(run, objects)
    for (const object of objects) await applyObject(run, object)
  } finally {
    await run.scratch?.close()
    await writeLedger(client, run.entries)
  }
  return run.result
}

interface Run {
  engine: Engine
  existing: Map<string, ExistingObject>
  ledger: Map<string, LedgerEntry>
  schemaSha256: string
  result: AppliedSchema
  /** To be written at the end, also when a later object failed. */
  entries: LedgerEntry[]
  /** Made when the first table has to be compared. */
  scratch: Scratch | undefined
}

async function applyObject(run: Run, object: SchemaObject): Promise<void> {
  const { result } = run
  const there = run.existing.get(object.name)
  const known = there && run.ledger.get(object.name)
  const same = known?.sha256 === object.sha256 && there?.kind === object.kind
  const stale = object.kind === 'view' && known?.schema_sha256 !== run.schemaSha256
  if (same && !stale) {
    result.unchanged.push(object.name)
    return
  }
  const changed = await explained(object, () => bringAbout(run, object, there))
  run.entries.push(entryFor(run, object))
  if (there === undefined) result.created.push(object.name)
  else if (same || !changed) result.unchanged.push(object.name)
  else result.replaced.push(object.name)
}

/** Creates or changes one object; false when it turned out to be right already. */
async function bringAbout(run: Run, object: SchemaObject, there: ExistingObject | undefined): Promise<boolean> {
  const client = run.engine.client()
  if (there && there.kind !== object.kind) await dropOtherKind(run, object, there)
  else if (there && isPassage(object)) await dropPassage(run, there)
  else if (there && object.kind === 'table') {
    run.scratch ??= await createScratch(run.engine)
    return await alterTable(run.engine, run.scratch, object, there.createQuery)
  } else if (there && object.kind === 'materialized_view') await drop(run, there)
  const replaceable = object.kind === 'view' || object.kind === 'dictionary'
  await client.command({ query: replaceable ? orReplace(object.statement) : object.statement })
  return true
}

/** A table that stores nothing (ENGINE = Null) can be made anew, with the views that read it: they come later, and are made again then. */
function isPassage({ kind, statement }: SchemaObject): boolean {
  return kind === 'table' && /\bENGINE\s*=\s*Null\b/i.test(statement)
}

async function dropPassage(run: Run, passage: ExistingObject): Promise<void> {
  const reads = new RegExp(`\\bFROM\\s+\\S*\\b${passage.name}\\b`, 'i')
  for (const view of [...run.existing.values()]) {
    if (view.kind !== 'materialized_view' || !reads.test(view.createQuery)) continue
    await drop(run, view)
    run.existing.delete(view.name)
  }
  await drop(run, passage)
}

async function dropOtherKind(run: Run, object: SchemaObject, there: ExistingObject): Promise<void> {
  if (there.kind === 'table') {
    throw new SchemaError(
      object.file,
      `${there.name} is a table and should be a ${object.kind.replace('_', ' ')}; drop it in a migration (migrations/NNNN-title.sql)`,
    )
  }
  await drop(run, there)
}

/** Views that we made and no file speaks of any more: the files say what exists. */
async function dropForgotten(run: Run, objects: SchemaObject[]): Promise<void> {
  const wanted = new Set(objects.map(({ name }) => name))
  for (const entry of run.ledger.values()) {
    const there = run.existing.get(entry.name)
    if (wanted.has(entry.name) || there?.kind === 'table') continue
    if (there) {
      await drop(run, there)
      run.result.dropped.push(entry.name)
    }
    run.entries.push({ ...entry, dropped: true })
  }
}

const DROP: Record<ObjectKind, string> = {
  table: 'TABLE',
  materialized_view: 'VIEW',
  view: 'VIEW',
  dictionary: 'DICTIONARY',
}

async function drop(run: Run, object: ExistingObject): Promise<void> {
  const query = `DROP ${DROP[object.kind]} IF EXISTS \`${object.name}\` SYNC`
  await run.engine.client().command({ query })
}

function entryFor(run: Run, object: SchemaObject): LedgerEntry {
  const { name, kind, file, sha256 } = object
  return { name, kind, file, sha256, schema_sha256: run.schemaSha256, dropped: false }
}

/** ClickHouse's own words, with the file they are about. */
async function explained<Result>(object: SchemaObject, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action()
  } catch (cause) {
    if (!(cause instanceof ClickHouseError)) throw cause
    const hint =
      cause.type === 'UNKNOWN_TABLE'
        ? ' (if another file makes what is missing, name it in a "-- needs:" line)'
        : nearby(object.statement, cause.message)
    // Without the whole statement once more, which ClickHouse likes to repeat.
    const message = cause.message.replace(/: In scope [\s\S]*$/, '')
    throw new SchemaError(object.file, `${object.name}: ${message}${hint}`, { cause })
  }
}

/** The text at the place a syntax error names: after placeholders are filled in, a position alone says little. */
function nearby(statement: string, message: string): string {
  const position = Number(/failed at position (\d+)/.exec(message)?.[1])
  return Number.isFinite(position) ? `: ... ${statement.slice(Math.max(0, position - 60), position + 40)} ...` : ''
}
