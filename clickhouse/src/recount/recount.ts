import type { ClickHouseClient } from '@clickhouse/client'
import type { Engine } from '../engine/engine.ts'
import type { SchemaOptions } from '../schema/apply.ts'
import { createScratch, type Scratch } from '../schema/scratch.ts'
import { readSchema, type SchemaFile, type SchemaObject } from '../schema/source.ts'
import { type ColumnsByTable, type EventSource, streamFromRaw } from './sources.ts'

/** All states computed anew from the raw rows, in a database of their own, with the KPI views over them. */
export interface Recount {
  scratch: Scratch
  /** A client that waits long enough for questions over all rows. */
  client: ClickHouseClient
  /** Tables of states, as `tables/` has them. */
  states: string[]
  /** Views over them: KPIs and the like, with the file each is in. */
  views: { name: string; file: SchemaFile }[]
  /** Drops it all. */
  close(): Promise<void>
}

/**
 * Computes all states from raw rows. From before it starts until it is closed, what passes through the live `event_stream` reaches the
 * new states, too: nothing is missed while the system runs, and nothing counts twice, because states do not change by repetition.
 */
export async function recount(
  engine: Engine,
  options: SchemaOptions,
  sources: readonly EventSource[],
): Promise<Recount> {
  const scratch = await createScratch(engine)
  const client = engine.client({ database: scratch.database, request_timeout: STATEMENT_MS_MAX })
  const close = async () => {
    await client.close()
    await scratch.close()
  }
  try {
    const files = readSchema(options.root, { ...options.vars, database: engine.database })
    const objects = files.flatMap((file) => file.objects)
    const feeds = objects.filter(({ kind }) => kind === 'materialized_view').map(feedOf)
    const states = feeds.map(({ target }) => target)
    await makeTables(scratch, engine.database, objects, states)
    const columns = await columnsByTable(engine)
    await scratch.client.command({
      query: `CREATE VIEW event_stream AS ${streamFromRaw(sources, columns, engine.database)}`,
    })
    for (const { name, target, select } of feeds) {
      // The order matters: first what comes from now on, then all that is there.
      const live = select.replace(STREAM, `FROM ${engine.database}.event_stream`)
      await scratch.client.command({ query: `CREATE MATERIALIZED VIEW ${name} TO ${target} AS ${live}` })
    }
    for (const { target, select } of feeds)
      await client.command({ query: `INSERT INTO ${target} ${select}`, clickhouse_settings: fillSettings })
    const views = await makeViews(scratch, files)
    return { scratch, client, states, views, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** How long one statement of a recount may take, milliseconds; the client's own default is 30 s. */
const STATEMENT_MS_MAX = 6 * 3_600_000

/** A recount may be larger than memory: it spills, and it leaves a core to the others. */
const fillSettings = {
  max_threads: 1,
  max_bytes_before_external_group_by: String(512 * 1_048_576),
  max_partitions_per_insert_block: '0',
} as const

/** How the files of tables/ name the stream; the word after it stays. */
const STREAM = /\bFROM\s+event_stream\b/

interface Feed {
  name: string
  target: string
  select: string
}

function feedOf({ name, statement, file }: SchemaObject): Feed {
  const [, target, select] = /^CREATE\s+MATERIALIZED\s+VIEW\s+\w+\s+TO\s+(\w+)\s+AS\s+([\s\S]*)$/i.exec(statement) ?? []
  if (target === undefined || select === undefined || !STREAM.test(select)) {
    throw new Error(
      `recount: ${file}: ${name} must read FROM event_stream and write TO a table; only such states can be counted anew`,
    )
  }
  return { name, target, select }
}

/** States are made anew; all other tables are looked at where they are. */
async function makeTables(
  { client }: Scratch,
  live: string,
  objects: readonly SchemaObject[],
  states: readonly string[],
): Promise<void> {
  for (const { name, kind, statement } of objects) {
    if (kind !== 'table' || name === 'event_stream') continue
    await client.command({
      query: states.includes(name) ? statement : `CREATE VIEW ${name} AS SELECT * FROM ${live}.${name}`,
    })
  }
}

async function makeViews({ client }: Scratch, files: readonly SchemaFile[]): Promise<Recount['views']> {
  const views: Recount['views'] = []
  for (const file of files) {
    for (const { name, kind, statement } of file.objects) {
      if (kind !== 'view') continue
      await client.command({ query: statement })
      views.push({ name, file })
    }
  }
  return views
}

async function columnsByTable(engine: Engine): Promise<ColumnsByTable> {
  const answer = await engine.client().query({
    query: 'SELECT table, name, type FROM system.columns WHERE database = {database:String} ORDER BY table, position',
    query_params: { database: engine.database },
    format: 'JSONEachRow',
  })
  const tables = new Map<string, Map<string, string>>()
  for (const { table, name, type } of await answer.json<{ table: string; name: string; type: string }>()) {
    tables.set(table, (tables.get(table) ?? new Map<string, string>()).set(name, type))
  }
  return tables
}
