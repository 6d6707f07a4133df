import { totalmem } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClientPool } from './clients.ts'
import { assertDatabaseName, prepareDatabase } from './database.ts'
import { type Engine, EngineDownError, type EngineLog, EngineStartError, messageOf } from './engine.ts'
import type { EngineBounds } from './host-config.ts'
import { type HostOptions, type HostProcess, HostStartError, startHostProcess } from './host-process.ts'
import { findEngineLibrary } from './library.ts'
import { createStateHolder } from './state.ts'
import { supervise } from './supervisor.ts'

export interface EmbeddedEngineOptions {
  /** The engine's folder; made when missing. One process at a time. */
  dir: string
  /** Made when missing, ENGINE = Atomic. */
  database: string
  log: EngineLog
  bounds?: Partial<EngineBounds>
  /** Until the engine answers, ms. Default 120,000: a large database takes its time to load. */
  startTimeoutMs?: number
  /** How long another process may hold the folder before it is an error, ms. Default 10,000: a dying one takes some. */
  lockWaitMs?: number
  /** A clean stop that takes longer becomes a kill, ms. Default 15,000. */
  stopTimeoutMs?: number
  /** Pause before a crashed engine is started again, doubled at each crash in a row, ms. Default 100. */
  restartDelayMs?: number
  /** The longest such pause, ms. Default 10,000. */
  restartDelayMsMax?: number
}

/**
 * Starts ClickHouse in a process of its own and keeps it running: when it dies it is started again, for as long as
 * this process lives. Only the first start can fail.
 * @throws EngineStartError no engine for this platform, the folder is in use, or the engine does not start
 */
export async function startEmbeddedEngine(options: EmbeddedEngineOptions): Promise<Engine> {
  const { database, log } = options
  assertDatabaseName(database)
  const hostOptions: HostOptions = {
    dir: options.dir,
    database,
    library: findEngineLibrary(),
    bounds: { ...defaultBounds(), ...options.bounds },
    startTimeoutMs: options.startTimeoutMs ?? 120_000,
    stopTimeoutMs: options.stopTimeoutMs ?? 15_000,
  }
  const pool = createClientPool()
  const state = createStateHolder(log)
  let version = ''

  async function start(): Promise<HostProcess> {
    const host = await startHostProcess(hostOptions)
    try {
      const address = { url: host.url, ...host.admin, database }
      version = await prepareDatabase(address)
      await pool.move(address)
      return host
    } catch (error) {
      await host.stop()
      throw error
    }
  }

  const supervisor = supervise({
    host: await startPatiently(start, options.lockWaitMs ?? 10_000),
    state,
    log,
    start,
    lost: () => pool.move(undefined),
    delayMs: options.restartDelayMs ?? 100,
    delayMsMax: options.restartDelayMsMax ?? 10_000,
  })
  state.set('up')

  return {
    kind: 'embedded',
    database,
    get url() {
      return supervisor.host.url
    },
    get state() {
      return state.state
    },
    get pid() {
      return state.state === 'up' ? supervisor.host.pid : undefined
    },
    get version() {
      return version
    },
    async incarnation() {
      if (state.state !== 'up') throw new EngineDownError()
      return supervisor.host.id
    },
    client: (clientOptions) => pool.client(clientOptions),
    reader: () => ({ url: supervisor.host.url, ...supervisor.host.reader }),
    onChange: (listener) => state.onChange(listener),
    async restart(reason) {
      if (state.state === 'stopped') throw new EngineDownError('engine: it was stopped')
      log.warn({ reason }, 'engine: restart asked for')
      const back = state.reached('up')
      await supervisor.host.stop()
      await back
    },
    stop: () => supervisor.stop(),
  }
}

const MEBIBYTE = 1024 * 1024

/** Bounds that leave the collector and the system their share of a small machine. */
export function defaultBounds(): EngineBounds {
  return {
    memoryBytesMax: Math.round(Math.min(4096 * MEBIBYTE, totalmem() / 2)),
    readerSecondsMax: 30,
    readerMemoryBytesMax: 1024 * MEBIBYTE,
    readerRowsReadMax: 1_000_000_000,
    readerResultRowsMax: 1_000_000,
    readerResultBytesMax: 256 * MEBIBYTE,
    readerQueriesMax: 8,
  }
}

const PORT_ATTEMPTS = 5
const LOCK_POLL_MS = 200

/** The first start: another port when this one was taken meanwhile, and some time for a dying predecessor. */
async function startPatiently(start: () => Promise<HostProcess>, lockWaitMs: number): Promise<HostProcess> {
  const lockDeadline = Date.now() + lockWaitMs
  let ports = 1
  for (;;) {
    try {
      return await start()
    } catch (error) {
      const retry = error instanceof HostStartError ? error.retry : 'no'
      if (retry === 'port' && ports < PORT_ATTEMPTS) ports += 1
      else if (retry === 'lock' && Date.now() < lockDeadline) await sleep(LOCK_POLL_MS)
      else if (error instanceof EngineStartError) throw error
      else throw new EngineStartError(explain(retry, error), { cause: error })
    }
  }
}

function explain(retry: HostStartError['retry'], error: unknown): string {
  if (retry === 'lock') return `engine: another process has its folder open; stop it first. ${messageOf(error)}`
  return messageOf(error)
}
