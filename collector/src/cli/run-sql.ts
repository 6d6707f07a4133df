import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'

export interface RunSqlOptions {
  args: string[]
  config: Pick<
    Config,
    'CLICKHOUSE_URL' | 'CLICKHOUSE_USER' | 'CLICKHOUSE_PASSWORD' | 'CLICKHOUSE_DATABASE' | 'CLICKHOUSE_HTTP_PORT'
  >
  /** Read when no statement is among the arguments. */
  stdin: Readable & { isTTY?: boolean }
  stdout: Writable & { isTTY?: boolean }
  stderr: Writable
}

const USAGE = `Usage: npm run sql -- [--format <format>] "<statement>"
       echo "<statement>" | npm run sql

Asks ClickHouse and prints the answer as a table. Any format of ClickHouse works: CSVWithNames, JSONEachRow, Vertical, ...
`

/** Asks one statement and writes the answer to stdout. Resolves to the exit code: 0, or 1 with a message on stderr. */
export async function runSql({ args, config, stdin, stdout, stderr }: RunSqlOptions): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { format: { type: 'string', short: 'f' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    stdout.write(USAGE)
    return 0
  }
  const sql = positionals.length > 0 ? positionals.join(' ') : stdin.isTTY ? '' : await text(stdin)
  if (sql.trim() === '') {
    stderr.write(USAGE)
    return 1
  }

  const isColoured = stdout.isTTY === true
  const answer = await post(config, sql, values.format ?? 'PrettyCompactMonoBlock', isColoured)
  if (typeof answer === 'string') {
    stderr.write(`${answer}\n`)
    return 1
  }
  if (!answer.ok || !answer.body) {
    stderr.write(`${(await answer.text()).trim()}\n`)
    return answer.ok ? 0 : 1
  }
  const body = answer.body.getReader()
  let isEmpty = true
  for (let part = await body.read(); !part.done; part = await body.read()) {
    isEmpty = false
    if (!stdout.write(part.value)) await once(stdout, 'drain')
  }
  // A table without rows has no line at all; other formats say what they mean.
  if (isEmpty && values.format === undefined) stdout.write('(no rows)\n')
  return 0
}

/** The answer, or why there is none, in words for the person who asked. */
async function post(
  config: RunSqlOptions['config'],
  sql: string,
  format: string,
  isColoured: boolean,
): Promise<Response | string> {
  const url = new URL(config.CLICKHOUSE_URL ?? `http://127.0.0.1:${config.CLICKHOUSE_HTTP_PORT}`)
  const parameters = {
    database: config.CLICKHOUSE_DATABASE,
    default_format: format,
    // An error then comes instead of the answer, not in its middle, and the exit code is right.
    wait_end_of_query: '1',
    output_format_pretty_color: isColoured ? '1' : '0',
    output_format_pretty_row_numbers: '0',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  const headers: Record<string, string> = { 'Content-Type': 'text/plain; charset=UTF-8' }
  if (config.CLICKHOUSE_URL !== undefined) {
    headers['X-ClickHouse-User'] = config.CLICKHOUSE_USER
    headers['X-ClickHouse-Key'] = config.CLICKHOUSE_PASSWORD
  }
  try {
    return await fetch(url, { method: 'POST', headers, body: sql })
  } catch (error) {
    const isNobody =
      error instanceof Error &&
      error.cause instanceof Error &&
      'code' in error.cause &&
      error.cause.code === 'ECONNREFUSED'
    if (!isNobody) return `sql: ${url.origin} cannot be asked: ${causeOf(error)}`
    if (config.CLICKHOUSE_URL !== undefined) return `sql: nothing listens at ${url.origin}; check CLICKHOUSE_URL`
    return `sql: nothing listens at ${url.origin}; is it running? npm start`
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
