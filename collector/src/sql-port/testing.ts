import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, type EngineBounds, startEmbeddedEngine } from '@offertrail/clickhouse'
import type { SqlPortLimits } from './limits.ts'
import { type SqlPort, startSqlPort } from './sql-port.ts'

export interface TestSqlPort {
  engine: Engine
  port: SqlPort
  url: string
  /** What the port logged as unforeseen. */
  logged: object[]
  stop(): Promise<void>
}

/** The real engine with the port in front of it, on a folder of its own. */
export async function startTestSqlPort(
  options: { limits?: Partial<SqlPortLimits>; bounds?: Partial<EngineBounds> } = {},
): Promise<TestSqlPort> {
  const dir = await mkdtemp(join(tmpdir(), 'offertrail-sql-port-'))
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const engine = await startEmbeddedEngine({ dir, database: 'offertrail', log: quiet, bounds: options.bounds ?? {} })
  const logged: object[] = []
  const log = { error: (fields: object) => void logged.push(fields) }
  const port = await startSqlPort({ engine, host: '127.0.0.1', port: 0, log, limits: options.limits ?? {} })
  return {
    engine,
    port,
    url: `http://127.0.0.1:${port.port}`,
    logged,
    async stop() {
      await port.close()
      await engine.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

export interface TestAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** ClickHouse's code of the error; 0 for none. */
  code: number
}

/** One request as curl would make it. */
export function send(
  url: string,
  options: { method?: string; headers?: OutgoingHttpHeaders; body?: string | Buffer } = {},
): Promise<TestAnswer> {
  return new Promise((resolve, reject) => {
    const method = options.method ?? (options.body === undefined ? 'GET' : 'POST')
    const outgoing = request(url, { method, headers: options.headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(chunks).toString('utf8'),
          code: Number(answer.headers['x-clickhouse-exception-code'] ?? 0),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(options.body)
  })
}

/** A statement in the body, with further parameters in the address. */
export function ask(url: string, sql: string, parameters: Record<string, string> = {}): Promise<TestAnswer> {
  return send(`${url}/?${new URLSearchParams(parameters)}`, { body: sql })
}
