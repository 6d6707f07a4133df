import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { EngineAddress } from './clients.ts'
import { EngineStartError } from './engine.ts'
import { assertSupportedVersion } from './version.ts'

/**
 * Checks the version of the ClickHouse at that address and makes sure that the database is there. Gives the version.
 * @throws EngineStartError when the version is too old or the name of the database is no plain identifier
 */
export async function prepareDatabase(address: EngineAddress): Promise<string> {
  assertDatabaseName(address.database)
  // Not with the database set: it may not be there yet.
  const { url, username, password, database } = address
  const client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } })
  try {
    const answer = await client.query({
      query: 'SELECT version() AS version, {database:String} IN (SELECT name FROM system.databases) AS there',
      query_params: { database },
      format: 'JSONEachRow',
    })
    const [row] = await answer.json<{ version: string; there: 0 | 1 }>()
    const version = row?.version ?? ''
    assertSupportedVersion(version)
    // Asked first: on a server we may be allowed to use the database but not to make one.
    if (!row?.there) await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic` })
    return version
  } finally {
    await client.close()
  }
}

/** The name goes into grants, configuration and DDL as it is, so it may hold nothing that needs quoting. */
export function assertDatabaseName(name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)) return
  throw new EngineStartError(
    `engine: CLICKHOUSE_DATABASE is ${JSON.stringify(name)}; allowed are letters, digits and _, not starting with a digit`,
  )
}
