import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { ClickHouseError, EngineAnswerError } from './clickhouse-error.ts'

/** The part of the engine this port needs. */
export interface SqlPortEngine {
  readonly state: 'up' | 'down' | 'stopped'
  /** The administrator's client: for the engine's own lists and its formatter, never to run people's SQL. */
  client(): AdminClient
  /** Where and as whom people's SQL runs; undefined when the engine is a server with ports and users of its own. */
  reader(): ReaderAccess | undefined
  onChange(listener: (state: 'up' | 'down' | 'stopped') => void): () => void
}

export interface AdminClient {
  query(options: {
    query: string
    format: 'JSONEachRow'
    abort_signal?: AbortSignal
    clickhouse_settings?: { max_query_size: string }
  }): Promise<{ json<T>(): Promise<T[]> }>
}

export interface ReaderAccess {
  url: string
  username: string
  password: string
}

export interface EngineRequest {
  sql: string
  /** Parameters of the address. */
  parameters: URLSearchParams
  headers: Record<string, string>
  signal: AbortSignal
}

/** The reader's address. @throws ClickHouseError (503) while the engine is down */
export function readerOf(engine: SqlPortEngine): ReaderAccess {
  const reader = engine.state === 'up' ? engine.reader() : undefined
  if (!reader) throw engineAway()
  return reader
}

/**
 * Sends a request of our own making to the engine and resolves when its headers are here. What a client sent never
 * reaches the engine as it came: a malformed request would abort it.
 * @throws ClickHouseError (503) when the engine cannot be reached
 */
export function openAnswer(
  reader: ReaderAccess,
  { sql, parameters, headers, signal }: EngineRequest,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = new URL(reader.url)
    url.search = parameters.toString()
    const outgoing: ClientRequest = request(
      url,
      {
        method: 'POST',
        // A connection a statement: kept ones would delay the engine's stop, and a cancelled statement ends with its own.
        agent: false,
        // Progress travels as header lines when a client asks for it.
        maxHeaderSize: 1_048_576,
        headers: {
          ...headers,
          'X-ClickHouse-User': reader.username,
          'X-ClickHouse-Key': reader.password,
          'Content-Type': 'text/plain; charset=UTF-8',
          'Content-Length': Buffer.byteLength(sql),
        },
        signal,
      },
      resolve,
    )
    outgoing.on('error', () => reject(engineAway()))
    outgoing.end(sql)
  })
}

/**
 * Asks the engine as the reader and returns the whole answer.
 * @throws EngineAnswerError with the engine's own words when it refuses
 */
export async function ask(reader: ReaderAccess, asked: EngineRequest, bytesMax: number): Promise<string> {
  const answer = await openAnswer(reader, asked)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of answer) {
      bytes += chunk.length
      if (bytes > bytesMax) throw new ClickHouseError('ACCESS_DENIED', 'the statement is too large to be checked')
      chunks.push(chunk)
    }
  } catch (error) {
    // The connection broke amid the answer.
    throw error instanceof ClickHouseError ? error : engineAway()
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (answer.statusCode === 200) return text
  const code = Number(answer.headers['x-clickhouse-exception-code'] ?? 1)
  throw new EngineAnswerError(code, answer.statusCode ?? 500, text.trimEnd())
}

/** What is answered while there is no engine to ask. */
export function engineAway(): ClickHouseError {
  return new ClickHouseError('NETWORK_ERROR', 'ClickHouse is starting again; ask once more in a second')
}
