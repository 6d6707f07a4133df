import { randomBytes } from 'node:crypto'
import type { ClickHouseClient } from '@clickhouse/client'
import type { Engine } from '../engine/engine.ts'

/** A database of its own, to see what the server makes of a statement. */
export interface Scratch {
  database: string
  client: ClickHouseClient
  /** A definition from here as it would read in the engine's own database. */
  translate(createQuery: string): string
  /** Drops it, with all that is in it. */
  close(): Promise<void>
}

/** Makes a database beside the engine's. Whoever made it has to close it. */
export async function createScratch(engine: Engine): Promise<Scratch> {
  const database = `${engine.database}${SUFFIX}${randomBytes(6).toString('hex')}`
  await engine.client().command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` })
  const client = engine.client({ database })
  return {
    database,
    client,
    translate: (text) => text.replaceAll(database, engine.database),
    async close() {
      await client.close()
      await engine.client().command({ query: `DROP DATABASE IF EXISTS ${database} SYNC` })
    },
  }
}

/** Drops what a crash left of scratch databases. Only where nobody else can be at it: the embedded engine. */
export async function dropStaleScratch(engine: Engine): Promise<void> {
  if (engine.kind !== 'embedded') return
  const answer = await engine.client().query({
    query: 'SELECT name FROM system.databases WHERE startsWith(name, {prefix:String})',
    query_params: { prefix: `${engine.database}${SUFFIX}` },
    format: 'JSONEachRow',
  })
  for (const { name } of await answer.json<{ name: string }>()) {
    await engine.client().command({ query: `DROP DATABASE IF EXISTS ${name} SYNC` })
  }
}

const SUFFIX = '__scratch_'
