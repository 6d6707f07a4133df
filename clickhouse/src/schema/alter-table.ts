import type { ClickHouseClient } from '@clickhouse/client'
import type { Engine } from '../engine/engine.ts'
import { readExisting } from './existing.ts'
import { SchemaError } from './schema-error.ts'
import type { Scratch } from './scratch.ts'
import type { SchemaObject } from './source.ts'
import { quote } from './statement.ts'
import { parseTableDefinition, sameDefinition, type TableDefinition } from './table-definition.ts'
import { splitList } from './tokens.ts'

/**
 * Brings a table to what its file says, if that loses no rows: new columns and indexes, projections, comments, codecs,
 * TTL, settings. Tried on an empty copy first, so a table is changed wholly or not at all.
 * @returns whether anything had to be changed
 * @throws SchemaError naming table and column when it takes a migration
 */
export async function alterTable(
  engine: Engine,
  scratch: Scratch,
  object: SchemaObject,
  createQuery: string,
): Promise<boolean> {
  const name = identifier(object.name)
  const { client, database, translate } = scratch
  const definition = async (): Promise<string> =>
    translate((await readExisting(client, database)).get(object.name)?.createQuery ?? '')

  await client.command({ query: object.statement })
  const wanted = await definition()
  await client.command({ query: `DROP TABLE ${name}` })
  if (sameDefinition(wanted, createQuery)) return false

  const alterations = alterationsFor(object, parseTableDefinition(createQuery), parseTableDefinition(wanted))
  await client.command({ query: createQuery.replace(/^CREATE TABLE \S+/, `CREATE TABLE ${name}`) })
  for (const alteration of alterations) await run(client, object, alteration)
  const reached = await definition()
  await client.command({ query: `DROP TABLE ${name}` })
  if (!sameDefinition(reached, wanted)) {
    throw needsMigration(object, `it is\n  ${createQuery}\nand should be\n  ${wanted}`)
  }
  for (const alteration of alterations) await run(engine.client(), object, alteration)
  return true
}

function alterationsFor(object: SchemaObject, now: TableDefinition, wanted: TableDefinition): string[] {
  refuseWhatIsNotAdditive(object, now, wanted)
  const actions = [
    ...columnActions(now, wanted),
    ...indexActions(now, wanted),
    ...settingActions(now, wanted),
    ...projectionActions(now, wanted),
  ]
  if (now.ttl !== wanted.ttl) actions.push(wanted.ttl ? `MODIFY TTL ${wanted.ttl}` : 'REMOVE TTL')
  if (now.comment !== wanted.comment) actions.push(`MODIFY COMMENT ${wanted.comment || quote('')}`)
  // One by one: some kinds of action refuse to share a statement.
  return actions.map((action) => `ALTER TABLE ${identifier(object.name)} ${action}`)
}

function refuseWhatIsNotAdditive(object: SchemaObject, now: TableDefinition, wanted: TableDefinition): void {
  for (const [name, column] of now.columns) {
    const change = wanted.columns.get(name)
    if (change === undefined) throw needsMigration(object, `the column ${name} is no longer in the file`)
    if (change.core !== column.core) {
      throw needsMigration(object, `the column ${name} is ${column.core} and should be ${change.core}`)
    }
  }
  for (const [name, declaration] of now.indexes) {
    const change = wanted.indexes.get(name)
    if (change !== declaration) {
      throw needsMigration(object, `the index ${name} is ${declaration} and should be ${change ?? 'gone'}`)
    }
  }
  if (now.storage !== wanted.storage) {
    throw needsMigration(object, `it is stored as ${now.storage} and should be ${wanted.storage}`)
  }
}

function columnActions(now: TableDefinition, wanted: TableDefinition): string[] {
  const actions: string[] = []
  let before: string | undefined
  for (const [name, column] of wanted.columns) {
    const existing = now.columns.get(name)
    if (existing === undefined) {
      actions.push(`ADD COLUMN ${column.declaration} ${before === undefined ? 'FIRST' : `AFTER ${identifier(before)}`}`)
    } else if (existing.declaration !== column.declaration) {
      if (existing.codec && !column.codec) actions.push(`MODIFY COLUMN ${identifier(name)} REMOVE CODEC`)
      if (existing.ttl && !column.ttl) actions.push(`MODIFY COLUMN ${identifier(name)} REMOVE TTL`)
      if (existing.comment && !column.comment) actions.push(`COMMENT COLUMN ${identifier(name)} ${quote('')}`)
      actions.push(`MODIFY COLUMN ${column.declaration}`)
    }
    before = name
  }
  return actions
}

function indexActions(now: TableDefinition, wanted: TableDefinition): string[] {
  // New parts get it; old ones when they are merged.
  return [...wanted.indexes].filter(([name]) => !now.indexes.has(name)).map(([, text]) => `ADD INDEX ${text}`)
}

/**
 * A projection holds nothing that the rows do not, so it may change and go. The parts that are there get it by a mutation,
 * which goes on in the background; till then, and if it never ends, they are read row by row.
 */
function projectionActions(now: TableDefinition, wanted: TableDefinition): string[] {
  const gone = [...now.projections].filter(([name, text]) => wanted.projections.get(name) !== text)
  const added = [...wanted.projections].filter(([name, text]) => now.projections.get(name) !== text)
  return [
    ...gone.map(([name]) => `DROP PROJECTION ${name}`),
    ...added.flatMap(([name, text]) => [`ADD PROJECTION ${text}`, `MATERIALIZE PROJECTION ${name}`]),
  ]
}

/** Only what differs: some settings may not be set again, not even to what they are. */
function settingActions(now: TableDefinition, wanted: TableDefinition): string[] {
  const [old, next] = [splitList(now.settings), splitList(wanted.settings)]
  const changed = next.filter((setting) => !old.includes(setting))
  const nameOf = (setting: string): string => setting.split('=')[0]?.trim() ?? ''
  const gone = old.map(nameOf).filter((name) => !next.map(nameOf).includes(name))
  return [...changed.map((setting) => `MODIFY SETTING ${setting}`), ...gone.map((name) => `RESET SETTING ${name}`)]
}

async function run(client: ClickHouseClient, object: SchemaObject, query: string): Promise<void> {
  try {
    // An ALTER returns when it is done (parts must be rid of an old projection before one of its name is added); MATERIALIZE at once.
    await client.command({ query, clickhouse_settings: { alter_sync: '1', mutations_sync: '0' } })
  } catch (cause) {
    throw needsMigration(object, `ClickHouse refuses "${query}"`, cause)
  }
}

function needsMigration(object: SchemaObject, what: string, cause?: unknown): SchemaError {
  return new SchemaError(
    object.file,
    `the table ${object.name} cannot be changed in place: ${what}. Write a migration (migrations/NNNN-title.sql) that brings it there`,
    { cause },
  )
}

function identifier(name: string): string {
  return `\`${name.replace(/[\\`]/g, (sign) => `\\${sign}`)}\``
}
