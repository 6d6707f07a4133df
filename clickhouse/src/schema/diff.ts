import type { Engine } from '../engine/engine.ts'
import type { SchemaOptions } from './apply.ts'
import { readExisting } from './existing.ts'
import { pendingMigrations, readMigrations } from './migrations.ts'
import { SchemaError } from './schema-error.ts'
import { createScratch, type Scratch } from './scratch.ts'
import { readSchema } from './source.ts'
import type { ObjectKind } from './statement.ts'
import { sameDefinition } from './table-definition.ts'

/** One point in which files and database do not agree. */
export interface SchemaDifference {
  name: string
  kind: ObjectKind | 'migration'
  /** `missing`: in a file only. `extra`: in the database only. `changed`: in both, not the same. */
  difference: 'missing' | 'extra' | 'changed'
  /** The file that speaks of it; undefined where none does. */
  file: string | undefined
  /** The definition the files lead to, in ClickHouse's words. */
  wanted: string | undefined
  /** The definition in the database. */
  actual: string | undefined
}

/**
 * Compares the database with what the files lead to: makes all objects in a scratch database, so that ClickHouse itself
 * says what a statement means, and drops it again. An empty list: they agree. Changes nothing.
 * @throws SchemaError when a file is wrong
 */
export async function diffSchema(engine: Engine, options: SchemaOptions): Promise<SchemaDifference[]> {
  const scratch = await createScratch(engine)
  try {
    return [...(await differentObjects(engine, options, scratch)), ...(await unfinishedMigrations(engine, options))]
  } finally {
    await scratch.close()
  }
}

async function differentObjects(
  engine: Engine,
  options: SchemaOptions,
  { client, database, translate }: Scratch,
): Promise<SchemaDifference[]> {
  // Where a file names the database, it has to be the scratch one.
  const objects = readSchema(options.root, { ...options.vars, database }).flatMap((file) => file.objects)
  for (const { file, name, statement } of objects) {
    await client.command({ query: statement }).catch((cause: Error) => {
      throw new SchemaError(file, `${name}: ${cause.message}`, { cause })
    })
  }
  const wanted = await readExisting(client, database)
  const actual = await readExisting(engine.client(), engine.database)
  const found: SchemaDifference[] = []
  for (const { name, kind, file } of objects) {
    const want = translate(wanted.get(name)?.createQuery ?? '')
    const have = actual.get(name)?.createQuery
    if (have !== undefined && sameDefinition(want, have)) continue
    found.push({ name, kind, difference: have === undefined ? 'missing' : 'changed', file, wanted: want, actual: have })
  }
  for (const { name, kind, createQuery } of actual.values()) {
    if (wanted.has(name)) continue
    found.push({ name, kind, difference: 'extra', file: undefined, wanted: undefined, actual: createQuery })
  }
  return found
}

async function unfinishedMigrations(engine: Engine, options: SchemaOptions): Promise<SchemaDifference[]> {
  const migrations = readMigrations(options.root, { database: engine.database, ...options.vars })
  if (migrations.length === 0) return []
  const pending = await pendingMigrations(engine.client(), migrations)
  return pending.map(({ file, statements }) => ({
    name: file,
    kind: 'migration',
    difference: 'missing',
    file,
    wanted: statements.join(';\n'),
    actual: undefined,
  }))
}
