import { ClickHouseError } from '../clickhouse-error.ts'
import { type AdminClient, ask, engineAway, type ReaderAccess } from '../engine-link.ts'
import type { Catalog } from './catalog.ts'
import { findRefusal } from './statement-rules.ts'
import { readSyntaxTree } from './syntax-tree.ts'
import { tokenize } from './tokens.ts'

export interface GateRequest {
  sql: string
  /** All parameters of the request; those named `param_*` are bound into the statement. */
  parameters: URLSearchParams
  admin: AdminClient
  reader: ReaderAccess
  catalog: Catalog
  signal: AbortSignal
}

/**
 * Lets a statement pass, or throws why not. Two independent views of it have to agree that it is harmless: the
 * canonical text (complete, by ClickHouse's own formatter) and the syntax tree (exact about what is called, but silent
 * about `APPLY` and about names handed to functions such as arrayMap).
 *
 * The order matters: only what the formatter has recognised as one whole statement of an allowed kind is put behind
 * `EXPLAIN AST`, which would take options in front of a statement as its own.
 * @throws ClickHouseError when it is refused or no SQL, in the engine's words; EngineAnswerError from `EXPLAIN AST`
 */
export async function passGate({ sql, parameters, admin, reader, catalog, signal }: GateRequest): Promise<void> {
  if (sql.trim() === '') throw new ClickHouseError('SYNTAX_ERROR', 'Empty query')
  if (sql.includes('\0')) throw new ClickHouseError('SYNTAX_ERROR', 'Syntax error: a zero byte in the statement')

  const canonical = await format(admin, sql, signal)
  const tokens = tokenize(canonical)
  if (!tokens) throw notUnderstood()
  refuse(findRefusal.inText(tokens, parameters, catalog))

  const explained = new URLSearchParams({ default_format: 'TSVRaw' })
  for (const [name, value] of parameters) if (name.startsWith('param_')) explained.append(name, value)
  const dump = await ask(
    reader,
    { sql: `EXPLAIN AST ${sql}`, parameters: explained, headers: {}, signal },
    TREE_BYTES_MAX,
  )
  refuse(findRefusal.inTree(readSyntaxTree(dump.trimEnd()), tokens, catalog))
}

/** A statement of the largest size can have a tree many times as long. */
const TREE_BYTES_MAX = 33_554_432

/** The statement in ClickHouse's own canonical form. It is handed over as a string: nothing of it runs. */
async function format(admin: AdminClient, sql: string, signal: AbortSignal): Promise<string> {
  try {
    const answer = await admin.query({
      query: `SELECT formatQuerySingleLine(${literal(sql)}) AS canonical`,
      format: 'JSONEachRow',
      abort_signal: signal,
      // The formatter's call holds the statement with its escapes doubled.
      clickhouse_settings: { max_query_size: '4194304' },
    })
    const [row] = await answer.json<{ canonical: string }>()
    if (!row) throw notUnderstood()
    return row.canonical
  } catch (error) {
    throw asSyntaxError(error, sql)
  }
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** The formatter's complaint without the formatter: positions already are those in the statement. */
function asSyntaxError(error: unknown, sql: string): unknown {
  // Errors of the client carry ClickHouse's code as text; without one, the engine could not be asked.
  const code = error instanceof Error && 'code' in error ? Number(error.code) : Number.NaN
  if (error instanceof ClickHouseError) return error
  if (!(error instanceof Error) || !Number.isInteger(code)) return engineAway()
  if (code !== SYNTAX_ERROR) return notUnderstood()
  if (WRITES.test(sql)) {
    return new ClickHouseError('READONLY', 'default: Cannot execute query in readonly mode. This port reads only')
  }
  const words = error.message.replace(/: (?:In scope|While processing) SELECT formatQuerySingleLine\([\s\S]*$/u, '')
  return new ClickHouseError('SYNTAX_ERROR', words.replace(/[.\s]+$/u, ''))
}

const SYNTAX_ERROR = 62

/** Data inlined in an INSERT is no syntax to the formatter. */
const WRITES = /^\W*(?:insert|create|alter|drop|delete|update|truncate|rename|optimize|system|kill|grant|revoke)\b/iu

function refuse(refusal: ClickHouseError | undefined): void {
  if (refusal) throw refusal
}

function notUnderstood(): ClickHouseError {
  return new ClickHouseError(
    'ACCESS_DENIED',
    'default: the statement could not be understood well enough to be allowed',
  )
}
