import type { ClickHouseClient } from '@clickhouse/client'
import { INCARNATION_TABLE } from '../engine/server.ts'
import type { ObjectKind } from './statement.ts'

/** An object as the database has it. */
export interface ExistingObject {
  name: string
  kind: ObjectKind
  /** The server's own canonical form of its definition. */
  createQuery: string
}

/** Our own bookkeeping: no file asks for it and none may. */
export const OBJECTS_TABLE = 'schema_objects'
export const MIGRATIONS_TABLE = 'schema_migrations'
const OWN_TABLES = [OBJECTS_TABLE, MIGRATIONS_TABLE, INCARNATION_TABLE]

/** All objects of a database but our bookkeeping, by name. */
export async function readExisting(client: ClickHouseClient, database: string): Promise<Map<string, ExistingObject>> {
  const answer = await client.query({
    query: `SELECT name, engine, create_table_query FROM system.tables
      WHERE database = {database:String} AND NOT is_temporary AND name NOT IN {own:Array(String)}
        AND NOT startsWith(name, '.inner')
      ORDER BY name`,
    query_params: { database, own: OWN_TABLES },
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ name: string; engine: string; create_table_query: string }>()
  return new Map(
    rows.map((row) => [row.name, { name: row.name, kind: kindOf(row.engine), createQuery: row.create_table_query }]),
  )
}

function kindOf(engine: string): ObjectKind {
  if (engine === 'View') return 'view'
  if (engine === 'MaterializedView') return 'materialized_view'
  return engine === 'Dictionary' ? 'dictionary' : 'table'
}
