import type { Engine } from '../engine/engine.ts'
import type { SchemaOptions } from '../schema/apply.ts'
import { type Recount, recount } from './recount.ts'
import type { EventSource } from './sources.ts'

/** A cell of a view that is not what the raw rows say. */
export interface Drift {
  view: string
  /** The row, by the columns of its grain: `date=2026-11-23 tier=optimal`. */
  row: string
  /** Empty: the row is on one side only. */
  column: string
  /** undefined: there is no such row. */
  shown: string | undefined
  recounted: string | undefined
}

export interface Verification {
  /** Views compared. */
  views: string[]
  /** Rows equal to the last digit are not counted here; differences in the last digits of a float are none. */
  drift: Drift[]
}

/** Sums of floats differ in their last digits with the order of the rows. */
const RELATIVE_TOLERANCE = 1e-9
/** Differing rows of one view that are looked at: more say nothing new. */
const ROWS_MAX = 1_000

/**
 * Recounts every view from the raw rows and names each cell that differs.
 * @param hold runs a function while nothing is written: only then do both sides speak of the same events
 */
export async function verify(
  engine: Engine,
  options: SchemaOptions,
  sources: readonly EventSource[],
  hold: <T>(run: () => Promise<T>) => Promise<T>,
): Promise<Verification> {
  const counted = await recount(engine, options, sources)
  try {
    return await hold(async () => {
      const drift: Drift[] = []
      for (const { name, file } of counted.views)
        drift.push(...(await compare(engine, counted, name, file.header.grain ?? '')))
      return { views: counted.views.map(({ name }) => name), drift }
    })
  } finally {
    await counted.close()
  }
}

type Row = Record<string, string>

async function compare(engine: Engine, { scratch, client }: Recount, view: string, grain: string): Promise<Drift[]> {
  const parameters = await parametersOf(engine, view)
  const columns = await columnsOf(engine, `${view}${parameters}`)
  const keys = keyColumns(columns, grain)
  const side = (name: string, database: string) => {
    const texts = columns.map((column) => `ifNull(toString(v.${column}), 'NULL') AS ${column}`)
    return `SELECT '${name}' AS side_, ${texts.join(', ')} FROM ${database}.${view}${parameters} AS v`
  }
  // One query, so that now() is the same moment on both sides; and each side is computed once: the last digits of a float may come out
  // otherwise the next time.
  const answer = await client.query({
    query: `
SELECT min(side_) AS side, ${columns.join(', ')}
FROM (${side('shown', engine.database)} UNION ALL ${side('recounted', scratch.database)})
GROUP BY ${columns.join(', ')}
HAVING min(side_) = max(side_)
ORDER BY ${keys.join(', ')}
LIMIT ${2 * ROWS_MAX}`,
    format: 'JSONEachRow',
  })
  const rows = await answer.json<Row>()
  const keyOf = (row: Row) => keys.map((key) => `${key}=${row[key]}`).join(' ')
  const shown = new Map(rows.filter((row) => row.side === 'shown').map((row) => [keyOf(row), row]))
  const recounted = new Map(rows.filter((row) => row.side === 'recounted').map((row) => [keyOf(row), row]))
  return [...new Set([...shown.keys(), ...recounted.keys()])].flatMap((key) =>
    differences(view, key, shown.get(key), recounted.get(key)),
  )
}

/** What tells the rows of a view apart: the columns its grain names, else its first column. */
function keyColumns(columns: readonly string[], grain: string): string[] {
  const named = columns.filter((column) => new RegExp(`\\b${column}\\b`).test(grain))
  return named.length > 0 ? named : columns.slice(0, 1)
}

async function columnsOf(engine: Engine, view: string): Promise<string[]> {
  const answer = await engine
    .client()
    .query({ query: `DESCRIBE (SELECT * FROM ${engine.database}.${view})`, format: 'JSONEachRow' })
  return (await answer.json<{ name: string }>()).map(({ name }) => name)
}

function differences(view: string, row: string, shown: Row | undefined, recounted: Row | undefined): Drift[] {
  if (!shown || !recounted) {
    const text = (side: Row | undefined) => side && JSON.stringify(side)
    return [{ view, row, column: '', shown: text(shown), recounted: text(recounted) }]
  }
  return Object.keys(shown)
    .filter((column) => column !== 'side' && !isSame(shown[column], recounted[column]))
    .map((column) => ({ view, row, column, shown: shown[column], recounted: recounted[column] }))
}

function isSame(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true
  const [x, y] = [Number(a), Number(b)]
  return Math.abs(x - y) <= RELATIVE_TOLERANCE * Math.max(Math.abs(x), Math.abs(y))
}

/** A view with parameters is compared over all time. */
async function parametersOf(engine: Engine, view: string): Promise<string> {
  const answer = await engine.client().query({
    query:
      'SELECT create_table_query AS text FROM system.tables WHERE database = {database:String} AND name = {view:String}',
    query_params: { database: engine.database, view },
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ text: string }>()
  return /\{start:Date\}/.test(row?.text ?? '') ? "(start = '1970-01-02', end = '2149-01-01')" : ''
}
