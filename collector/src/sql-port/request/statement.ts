import type { IncomingMessage } from 'node:http'
import { ClickHouseError } from '../clickhouse-error.ts'
import type { Catalog } from '../gate/catalog.ts'
import { readBody } from './body.ts'
import { readForm } from './multipart.ts'

/** What a client asks, whatever form it came in. */
export interface Statement {
  sql: string
  /** All parameters, of the address and of a form. */
  parameters: URLSearchParams
}

/** Puts the statement together: the `query` parameter, then the body. @throws ClickHouseError */
export async function readStatement(
  request: IncomingMessage,
  parameters: URLSearchParams,
  bytesMax: number,
): Promise<Statement> {
  const body = await readBody(request, parameters.get('decompress') === '1', bytesMax)
  const contentType = request.headers['content-type'] ?? ''
  const parts: string[] = []
  const query = parameters.get('query')
  if (query) parts.push(query)
  if (/^multipart\/form-data\b/iu.test(contentType)) {
    for (const [name, value] of readForm(body, contentType)) {
      if (name === 'query') parts.push(value)
      else parameters.append(name, value)
    }
  } else if (body.length > 0) {
    parts.push(decode(body))
  }
  return { sql: parts.join('\n'), parameters }
}

/**
 * The parameters to send on. Everything is named: what HTTP clients of ClickHouse use, bound values, and settings the
 * catalogue knows to be harmless.
 * @throws ClickHouseError for a setting that is unknown or refused
 */
export function forwardedParameters(parameters: URLSearchParams, catalog: Catalog): URLSearchParams {
  const forwarded = new URLSearchParams()
  for (const [name, value] of parameters) {
    if (OURS.has(name)) continue
    // Clients send the name `default` unasked; for this port's account that is the database with the data in it.
    if (name === 'database' && (value === '' || value === 'default')) continue
    if (!PASSED.has(name) && !/^param_\w+$/u.test(name)) checkSetting(name, catalog)
    forwarded.append(name, name === 'max_execution_time' ? withinLimit(value, catalog.secondsMax) : value)
  }
  return forwarded
}

/**
 * Drivers make this setting of their own deadline (Grafana's is 65 s) and would fail on the engine's constraint. More
 * than the limit is the limit; 0, which asks for none at all, stays for the engine to refuse.
 */
function withinLimit(value: string, secondsMax: number | undefined): string {
  return secondsMax !== undefined && Number(value) > secondsMax ? String(secondsMax) : value
}

/** The headers to send on. */
export function forwardedHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of [
    'accept-encoding',
    'x-clickhouse-format',
    'x-clickhouse-database',
    'x-clickhouse-timezone',
    'user-agent',
  ]) {
    const value = request.headers[name]
    if (typeof value !== 'string' || value === '') continue
    if (name === 'x-clickhouse-database' && value === 'default') continue
    headers[name] = value
  }
  return headers
}

/** Read here; never sent on. */
const OURS = new Set(['query', 'user', 'password', 'quota_key', 'decompress', 'stacktrace'])

const PASSED = new Set(
  `database default_format query_id session_id session_timeout session_check close_session compress
   wait_end_of_query buffer_size client_protocol_version`.split(/\s+/),
)

function checkSetting(name: string, catalog: Catalog): void {
  const verdict = catalog.settingVerdict(name)
  if (verdict === 'unknown')
    throw new ClickHouseError(
      'UNKNOWN_SETTING',
      `Setting ${name} is neither a builtin setting nor a parameter of this port`,
    )
  if (verdict === 'refused') {
    throw new ClickHouseError(
      'READONLY',
      `Cannot modify '${name}' setting in readonly mode: it reaches beyond output and limits`,
    )
  }
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    // The statement that is checked must be, byte for byte, the one that runs.
    throw new ClickHouseError('SYNTAX_ERROR', 'Syntax error: the statement is not UTF-8')
  }
}
