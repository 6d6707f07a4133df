import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  applySchema,
  connectServer,
  diffSchema,
  type Engine,
  EngineStartError,
  type SchemaDifference,
  startEmbeddedEngine,
} from '@offertrail/clickhouse'
import type { pino } from 'pino'
import type { Config } from './config.ts'
import { schemaRoot, schemaVars } from './schema.ts'
import type { Spool } from './spool/index.ts'
import { startSqlPort } from './sql-port/index.ts'
import { codeOf } from './write/failure.ts'
import { createClickHouseSink } from './write/sink.ts'
import { createWriter, type Writer } from './write/writer.ts'

/** ClickHouse with its tables, the writer that fills them, and the port people ask them through. */
export interface Store {
  engine: Engine
  writer: Writer
  sqlUrl: string | undefined
  schemaDifferences(): Promise<SchemaDifference[]>
  isUp(): boolean
  close(): Promise<void>
}

/** Frames and bytes of one batch at the most: what an insert takes well under ten seconds. */
const BATCH_FRAMES_MAX = 20_000
const BATCH_BYTES_MAX = 32 * 1_048_576
/** Pause before a server that could not be reached is tried again, milliseconds. */
const RECONNECT_MS = 2_000

/** Resolves when ClickHouse is there and the writer runs. Rejects when trying again can't help, or when `signal` says to stop waiting. */
export async function startStore({
  config,
  spool,
  log,
  signal,
}: {
  config: Config
  spool: Spool
  log: pino.Logger
  signal: AbortSignal
}): Promise<Store> {
  const engineDir = config.ANALYTICS_DB_PATH ?? join(config.DATA_DIR, 'clickhouse')
  const engine = await startEngine(config, engineDir, log, signal)
  try {
    const schema = { root: schemaRoot, vars: schemaVars(config) }
    const applied = await applySchema(engine, schema)
    const changed = applied.created.length + applied.replaced.length + applied.dropped.length + applied.migrated.length
    if (changed > 0)
      log.info(
        {
          created: applied.created.length,
          replaced: applied.replaced,
          dropped: applied.dropped,
          migrated: applied.migrated,
        },
        'clickhouse: schema applied',
      )
    const reader = engine.reader()
    const sqlPort =
      reader && (await startSqlPort({ engine, host: '127.0.0.1', port: config.CLICKHOUSE_HTTP_PORT, log }))
    const writer = createWriter({
      spool,
      sink: createClickHouseSink(engine, engine.kind === 'embedded' ? engineDir : undefined),
      bootId: readBootId(),
      flushIntervalMs: config.FLUSH_INTERVAL_MS,
      batchFramesMax: BATCH_FRAMES_MAX,
      batchBytesMax: BATCH_BYTES_MAX,
      now: () => performance.now(),
      random: Math.random,
      log,
    })
    return {
      engine,
      writer,
      sqlUrl: sqlPort && `http://127.0.0.1:${sqlPort.port}`,
      schemaDifferences: () => diffSchema(engine, schema),
      isUp: () => engine.state === 'up',
      async close() {
        await sqlPort?.close()
        await engine.stop()
      },
    }
  } catch (error) {
    await engine.stop()
    throw error
  }
}

/** The embedded engine in `dir`, or a connection to the configured server once it answers. */
export async function startEngine(
  config: Config,
  dir: string,
  log: pino.Logger,
  signal?: AbortSignal,
): Promise<Engine> {
  const { CLICKHOUSE_URL: url, CLICKHOUSE_DATABASE: database } = config
  if (url === undefined) return await startEmbeddedEngine({ dir, database, log })
  for (;;) {
    try {
      return await connectServer({
        url,
        username: config.CLICKHOUSE_USER,
        password: config.CLICKHOUSE_PASSWORD,
        database,
        log,
      })
    } catch (error) {
      if (!mayHeal(error)) throw error
      log.warn({ err: error }, 'clickhouse: the server does not answer; events wait in the spool')
      await sleep(RECONNECT_MS, undefined, signal && { signal })
    }
  }
}

/** A server that is not there may come; one that answers and refuses (login, version) will refuse again. */
function mayHeal(error: unknown): boolean {
  if (!(error instanceof EngineStartError)) return true
  return error.cause !== undefined && codeOf(error.cause) === undefined
}

/** Changes with each boot of the machine; where it can't be read, every start counts as one. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Not Linux: a power cut can't be told from a restart, so each start is treated as one.
    return `unknown-${Date.now()}`
  }
}
