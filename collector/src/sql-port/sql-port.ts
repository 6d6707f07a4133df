import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { answerStatement } from './answer-statement.ts'
import { ClickHouseError, EngineAnswerError, sendError } from './clickhouse-error.ts'
import { engineAway, readerOf, type SqlPortEngine } from './engine-link.ts'
import { type Catalog, loadCatalog } from './gate/catalog.ts'
import { DEFAULT_SQL_PORT_LIMITS, type SqlPortLimits } from './limits.ts'
import { checkOrigin } from './request/origin.ts'

/** The part of a pino logger that is used here. */
export interface SqlPortLog {
  error(fields: object, message: string): void
}

export interface SqlPortOptions {
  engine: SqlPortEngine
  /** A loopback address, unless somebody opens it on purpose (a container). */
  host: string
  /** 0 takes any free one. */
  port: number
  log: SqlPortLog
  limits?: Partial<SqlPortLimits>
}

export interface SqlPort {
  port: number
  /** Stops listening, ends statements under way and resolves when all connections are closed. Can be called again. */
  close(): Promise<void>
}

/**
 * Listens as a ClickHouse of its own: the HTTP interface, user `default`, no password, reading only. Resolves when it
 * listens. The engine may be down then and at any time after: statements are answered with 503 meanwhile.
 * @throws Error naming CLICKHOUSE_HTTP_PORT when the port is taken
 */
export async function startSqlPort({ engine, host, port, log, limits: given }: SqlPortOptions): Promise<SqlPort> {
  const limits = { ...DEFAULT_SQL_PORT_LIMITS, ...given }
  const catalog = keepCatalog(engine)
  const context = { engine, catalog: catalog.get, limits }
  const isLoopback = /^(?:127\.|::1$|localhost$)/u.test(host)
  let underWay = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    checkOrigin(request.headers, isLoopback)
    const address = addressOf(request)
    if (answerWithoutStatement(request, response, address, engine)) return
    if (underWay >= limits.statementsMax) {
      throw new ClickHouseError(
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `Too many simultaneous queries. Maximum: ${limits.statementsMax}`,
      )
    }
    underWay += 1
    try {
      await answerStatement(request, response, address, context)
    } finally {
      underWay -= 1
    }
  }

  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.requestMsMax,
      requestTimeout: limits.requestMsMax,
      keepAliveTimeout: 10_000,
    },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        // What is left of a body that nobody wants would be read as the next request.
        if (!request.complete) response.setHeader('Connection', 'close')
        if (error instanceof ClickHouseError || error instanceof EngineAnswerError) return sendError(response, error)
        if (!request.destroyed || request.complete)
          log.error({ err: error }, 'sql port: a statement failed in an unforeseen way')
        sendError(response, engineAway())
      })
    },
  )
  server.maxConnections = limits.connectionsMax
  server.setTimeout(limits.idleMsMax)
  server.on('clientError', endGarbage)
  await listen(server, host, port)

  let closing: Promise<void> | undefined
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      closing ??= new Promise((resolve) => {
        catalog.close()
        server.close(() => resolve())
        server.closeAllConnections()
      })
      return closing
    },
  }
}

/** The lists of one start of the engine; read again after a restart, as it may be another version then. */
function keepCatalog(engine: SqlPortEngine): { get: () => Promise<Catalog>; close: () => void } {
  let loaded: Promise<Catalog> | undefined
  const forget = (): void => {
    loaded = undefined
  }
  return {
    get() {
      loaded ??= loadCatalog(engine).catch(() => {
        forget()
        throw engineAway()
      })
      return loaded
    },
    close: engine.onChange(forget),
  }
}

function addressOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://sql-port')
  } catch {
    throw new ClickHouseError('INCORRECT_DATA', 'The address of the request is malformed')
  }
}

/** The fixed answers of ClickHouse's HTTP interface. Returns false when there is a statement to answer. */
function answerWithoutStatement(
  request: IncomingMessage,
  response: ServerResponse,
  address: URL,
  engine: SqlPortEngine,
): boolean {
  const { pathname } = address
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (request.method === 'OPTIONS') {
    response.writeHead(204).end()
    return true
  }
  if (!reads && request.method !== 'POST') {
    throw new ClickHouseError('UNSUPPORTED_METHOD', `Method ${request.method} is not supported; use GET or POST`)
  }
  const isHealth = pathname === '/ping' || pathname === '/replicas_status'
  if (isHealth || (pathname === '/' && reads && address.search === '')) {
    readerOf(engine)
    response.setHeader('Content-Type', 'text/html; charset=UTF-8')
    response.end('Ok.\n')
    return true
  }
  if (pathname !== '/') {
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=UTF-8' })
    response.end(
      `There is no handle ${pathname}\n\nUse / or /ping for health checks.\n\nSend queries from your program with POST method or GET /?query=...\n`,
    )
    return true
  }
  return false
}

/** Bytes that are not HTTP end here; the engine would abort on them. */
function endGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  else socket.destroy()
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be opened (${error.code})`
      reject(new Error(`sql port: ${host}:${port} ${why}; set CLICKHOUSE_HTTP_PORT to a free port`, { cause: error }))
    })
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}
