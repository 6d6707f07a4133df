import { groupBy } from '../kpi-oracle/group-by.ts'
import type { Row, Site } from './site.ts'

/** Tables that hold events, and those of them that browsers and the demo's server filled. */
export interface Rows {
  /** By table, in the order the events were made. */
  [table: string]: Row[]
}

/** Every row of every table of events. */
export async function readRows({ ask }: Pick<Site, 'ask'>): Promise<Rows> {
  const tables = await ask(
    `SELECT DISTINCT table FROM system.columns WHERE database = 'offertrail' AND name IN ('event_id', 'key_kind', 'page_path', 'batch') GROUP BY table HAVING count() = 4 ORDER BY table`,
  )
  const rows: Rows = {}
  for (const { table } of tables)
    rows[String(table)] = await ask(`SELECT * FROM ${table} ORDER BY timestamp, seq, event_id`)
  return rows
}

/** The lines of what a browser told, in the order of their numbers: type, page, and what was done to what. */
export function told(rows: readonly Row[], line: (row: Row) => string): string[] {
  return [...rows]
    .filter(({ key_kind }) => key_kind === 'write')
    .sort((one, other) => Number(one.seq) - Number(other.seq))
    .map(line)
}

/** `button_click /demo/jobs #nav_saved "Saved" {"url":"/demo/saved"}` */
export function interactionLine(row: Row): string {
  const { interaction_type, page_path, element_id, element_text, interaction_data } = row
  const data = String(interaction_data).replace(/http:\/\/127\.0\.0\.1:\d+/g, '')
  return [interaction_type, page_path, element_id && `#${element_id}`, element_text && `"${element_text}"`, data]
    .filter(Boolean)
    .join(' ')
}

/**
 * How often a text stands in any String column of any table of the database, tables of states and refused events included.
 * @returns the places, `table.column`
 */
export async function find({ ask }: Pick<Site, 'ask'>, needles: readonly string[]): Promise<string[]> {
  // `file` is the name of a function that the port refuses, as a column too: only the ledger of SQL files has one.
  const columns = await ask(
    `SELECT c.table AS table, c.name AS name FROM system.columns AS c INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table WHERE c.database = 'offertrail' AND c.type LIKE '%String%' AND c.type NOT LIKE 'AggregateFunction%' AND t.engine LIKE '%MergeTree' AND c.name != 'file'`,
  )
  if (columns.length < 100) throw new Error(`only ${columns.length} columns to search: the search is wrong`)
  const tables = groupBy(columns, ({ table }) => String(table))
  const places: string[] = []
  for (const [table, found] of tables) {
    const names = found.map(({ name }) => String(name))
    const list = needles.map((needle) => `'${needle}'`).join(', ')
    const counts = names.map(
      (name) => `countIf(multiSearchAnyCaseInsensitive(toString(${name}), [${list}])) AS ${name}`,
    )
    const [counted = {}] = await ask(`SELECT ${counts.join(', ')} FROM ${table}`)
    places.push(...names.filter((name) => Number(counted[name]) > 0).map((name) => `${table}.${name}`))
  }
  return places
}

/** All events that name the session and extend it. */
export function sessionRows(rows: Rows): Row[] {
  return Object.values(rows)
    .flat()
    .filter((row) => row.session_id !== '' && row.type !== 'application')
}

/** Seconds from the session's first event to its last. */
export function sessionSeconds(rows: Rows): number {
  const times = sessionRows(rows).map((row) => Date.parse(`${String(row.timestamp).replace(' ', 'T')}Z`))
  return (Math.max(...times) - Math.min(...times)) / 1_000
}
