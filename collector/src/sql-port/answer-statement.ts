import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { ClickHouseError } from './clickhouse-error.ts'
import { engineAway, openAnswer, readerOf, type SqlPortEngine } from './engine-link.ts'
import type { Catalog } from './gate/catalog.ts'
import { passGate } from './gate/gate.ts'
import type { SqlPortLimits } from './limits.ts'
import { checkSignIn } from './request/sign-in.ts'
import { forwardedHeaders, forwardedParameters, readStatement } from './request/statement.ts'

export interface StatementContext {
  engine: SqlPortEngine
  catalog: () => Promise<Catalog>
  limits: SqlPortLimits
}

/**
 * Answers one statement: read, check, forward, stream. The engine stops working on it when the client goes away.
 * @throws ClickHouseError or EngineAnswerError to be answered with
 */
export async function answerStatement(
  request: IncomingMessage,
  response: ServerResponse,
  address: URL,
  context: StatementContext,
): Promise<void> {
  const { engine, catalog, limits } = context
  checkSignIn(request.headers, address.searchParams)
  const { sql, parameters } = await readStatement(request, address.searchParams, limits.bodyBytesMax)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const reader = readerOf(engine)
  const known = await catalog()
  const forwarded = forwardedParameters(parameters, known)
  await withTimeout(gone.signal, limits.gateMsMax, (signal) =>
    passGate({ sql, parameters, admin: engine.client(), reader, catalog: known, signal }),
  )

  const answer = await openAnswer(reader, {
    sql,
    parameters: forwarded,
    headers: forwardedHeaders(request),
    signal: gone.signal,
  })
  response.statusCode = answer.statusCode ?? 502
  copyHeaders(answer, response)
  try {
    // Backpressure: the engine is read only as fast as the client reads.
    await pipeline(answer, response)
  } catch {
    // Either side went away; both are destroyed, and a cut answer never looks like a whole one.
    if (!response.headersSent) throw engineAway()
    response.destroy()
  }
}

async function withTimeout(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const timeout = AbortSignal.timeout(ms)
  try {
    await work(AbortSignal.any([signal, timeout]))
  } catch (error) {
    if (timeout.aborted)
      throw new ClickHouseError('TIMEOUT_EXCEEDED', `Checking the statement took longer than ${ms} ms`)
    throw error
  }
}

/** All headers of the engine but those of its connection and those that would open the answer to web pages. */
function copyHeaders(answer: IncomingMessage, response: ServerResponse): void {
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] ?? ''
    if (/^(?:connection|keep-alive|transfer-encoding|date|set-cookie|access-control-.*)$/iu.test(name)) continue
    response.appendHeader(name, answer.rawHeaders[index + 1] ?? '')
  }
}
