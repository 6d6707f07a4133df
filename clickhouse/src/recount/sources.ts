/** A type of event, as far as a recount from raw rows needs to know it. */
export interface EventSource {
  type: string
  table: string
  /** The column that `event_stream` calls `kind`, if the type has one. */
  kind: string | undefined
  /** Its own columns that pass through `event_stream`. */
  fields: readonly string[]
  extendsSession: boolean
  isBehavior: boolean
}

/** Types of columns, by table and name, in the order of the table. */
export type ColumnsByTable = ReadonlyMap<string, ReadonlyMap<string, string>>

/**
 * A SELECT that gives what passed through `event_stream`, out of the raw tables: one branch an event type. Of a table's columns those
 * pass that all event tables have, and those the type says; the hash of what the sender wrote is not in raw rows, so it is 0.
 * @param database where the raw tables are
 */
export function streamFromRaw(sources: readonly EventSource[], columns: ColumnsByTable, database: string): string {
  const streamTypes = columns.get('event_stream') ?? new Map<string, string>()
  const tables = sources.map(({ table }) => columns.get(table) ?? new Map<string, string>())
  const isShared = (column: string) => tables.every((table) => table.has(column))
  return sources
    .map((source) => {
      const values = [...streamTypes].map(
        ([column, type]) => `    CAST(${valueFor(column, type, source, isShared)} AS ${type}) AS ${column}`,
      )
      return `SELECT\n${values.join(',\n')}\nFROM ${database}.${source.table} AS raw\nWHERE raw.type = '${source.type}'`
    })
    .join('\nUNION ALL\n')
}

function valueFor(column: string, type: string, source: EventSource, isShared: (column: string) => boolean): string {
  const { kind, fields, extendsSession, isBehavior } = source
  if (column === 'kind') return kind === undefined ? "''" : `raw.${kind}`
  if (column === 'extends_session') return String(extendsSession)
  if (column === 'is_behavior') return String(isBehavior)
  if (column === 'is_skewed') return 'raw.clock_suspect OR raw.clock_shift_ms != 0'
  if (isShared(column) || fields.includes(column)) return `raw.${column}`
  return `defaultValueOfTypeName('${type.replaceAll("'", "\\'")}')`
}
