import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FastifyPluginAsync } from 'fastify'
import { pino } from 'pino'
import { uuidv7 } from 'uuidv7'
import { adminToken } from './access/admin-token.ts'
import { createKeys, type Keys } from './access/keys.ts'
import { createRateLimit } from './access/rate-limit.ts'
import { createApp } from './app.ts'
import { type Config, isLoopback } from './config.ts'
import { newControlToken, writeControl } from './control.ts'
import { Problem } from './errors.ts'
import { createIntake, recallIds } from './intake/intake.ts'
import { createRecentIds } from './intake/recent-ids.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createRecounts, type Recounts } from './recount.ts'
import type { Health } from './services.ts'
import { openSpool, type Spool, type SpoolError } from './spool/index.ts'
import { type Store, startStore } from './store.ts'
import { readVersion } from './version.ts'

export { ConfigError, readConfig } from './config.ts'

export interface Collector {
  /** Where it listens, `http://127.0.0.1:5000`. */
  url: string
  /** Where people's SQL is answered; undefined with a ClickHouse server, or while the engine starts. */
  sqlUrl(): string | undefined
  /** The administrator's token, at the first start of an installation without configured keys. */
  newAdminToken: string | undefined
  /** Resolves when ClickHouse is there and what was waiting is on its way. Rejects when it can't be started; never settles if closed before. */
  ready: Promise<void>
  health(): Health
  /** Resolves when everything accepted so far is in ClickHouse; false after `timeoutMs`. */
  drain(timeoutMs: number): Promise<boolean>
  /** Takes no more requests, finishes those under way, stores what waits if ClickHouse lets it, and ends the engine. */
  close(): Promise<void>
}

/** Ids remembered to name repetitions at once: about 150 bytes each. */
const RECENT_IDS_MAX = 1_000_000
/** From this fill of the spool on, events are refused until ClickHouse has taken some. */
const SPOOL_REFUSE_AT = 0.95
/** How often the fill of the spool is looked at, milliseconds. */
const LEVEL_INTERVAL_MS = 1_000
/** How often stored segments are looked through for those that need not be kept any more, milliseconds. */
const RELEASE_INTERVAL_MS = 60_000
/** How long a stop waits for ClickHouse to take what is in the spool, milliseconds. What remains is stored after the next start. */
const DRAIN_MS = 10_000

/**
 * Starts the collector: it accepts events as soon as it listens, and stores them when ClickHouse is there.
 * @param onDiskFailure called when the spool's disk has failed: the process should exit and be started again
 */
export async function startCollector(config: Config, onDiskFailure: (error: SpoolError) => void): Promise<Collector> {
  const log = pino({ level: config.LOG_LEVEL }, pino.destination(2))
  const spool = await openSpool({
    dir: join(config.DATA_DIR, 'spool'),
    maxBytes: config.SPOOL_MAX_BYTES,
    log: adapt(log),
    onFailure: onDiskFailure,
  })
  for (const warning of spool.warnings) log.warn({}, warning)
  const recentIds = createRecentIds(RECENT_IDS_MAX)
  await recallIds(spool, recentIds)

  const { keys, newAdminToken } = keysOf(config)
  const metrics = createMetrics()
  const level = watchLevel(spool, log)
  const intake = createIntake({ spool, recentIds, tools: { newId: uuidv7 } })
  const demo = await demoExtension(keys, () => url)
  const version = readVersion()

  let store: Store | undefined
  const recounts = createRecounts(config, () => store, log)
  const health = (): Health => {
    // One failed attempt may be a slow moment; from the second on, events really wait.
    const isStored = store?.isUp() === true && store.writer.stats().failing < 2
    const clickhouse = store?.isUp() ? 'up' : 'down'
    const failing = spool.stats().state !== 'open' || level.fraction() >= SPOOL_REFUSE_AT
    return {
      status: failing ? 'failing' : isStored ? 'ok' : 'degraded',
      clickhouse,
      waiting: spool.stats().pendingFrames,
      version,
    }
  }
  const app = await createApp({
    services: {
      config,
      keys,
      limits: {
        write: createRateLimit(config.RATE_LIMIT_WRITE),
        server: createRateLimit(config.RATE_LIMIT_SERVER),
        admin: createRateLimit(config.RATE_LIMIT_ADMIN),
      },
      intake,
      metrics,
      spoolIsFull: () => level.fraction() >= SPOOL_REFUSE_AT,
      health,
      recounts,
      schemaDifferences: async () => {
        if (!store)
          throw new Problem('unavailable', 'ClickHouse is not there yet; try again.', { retryAfterSeconds: 5 })
        return await store.schemaDifferences()
      },
    },
    log,
    trackerDir: fileURLToPath(new URL('../../packages/tracker/dist/', import.meta.url)),
    extensions: demo,
  })
  observe(metrics, spool, () => store, level.fraction, recounts)
  const url = await app.listen({ host: config.HOST, port: config.PORT })
  const token = newControlToken()
  keys.add('admin', token)
  let removeControl = writeControl(config.DATA_DIR, { url, token })
  const stopping = new AbortController()
  const starting = startStore({ config, spool, log, signal: stopping.signal })
  const ready = starting.then(
    (started) => {
      store = started
      if (started.sqlUrl !== undefined)
        removeControl = writeControl(config.DATA_DIR, { url, token, sql_url: started.sqlUrl })
    },
    async (error: unknown) => {
      // Who stops while ClickHouse is waited for has not failed; there is nothing to tell any more.
      if (stopping.signal.aborted) await new Promise<never>(() => {})
      throw error
    },
  )
  ready.catch(() => {
    // Told to whoever waits for `ready`.
  })

  return {
    url,
    newAdminToken,
    ready,
    health,
    sqlUrl: () => store?.sqlUrl,
    drain: async (timeoutMs) => (await store?.writer.drain(timeoutMs)) ?? false,
    async close() {
      stopping.abort()
      level.stop()
      recounts.stop()
      removeControl()
      await app.close()
      const started = await starting.catch(() => undefined)
      if (started?.isUp()) await started.writer.drain(DRAIN_MS)
      await started?.writer.close()
      await spool.close()
      await started?.close()
    },
  }
}

function keysOf(config: Config): { keys: Keys; newAdminToken: string | undefined } {
  const configured = config.WRITE_KEYS.length + config.SERVER_KEYS.length + config.ADMIN_KEYS.length > 0
  const given = { write: config.WRITE_KEYS, server: config.SERVER_KEYS, admin: config.ADMIN_KEYS }
  const keys = createKeys(given, !configured && isLoopback(config.HOST))
  if (configured) return { keys, newAdminToken: undefined }
  const { hash, token } = adminToken(config.DATA_DIR)
  keys.addHash('admin', hash)
  return { keys, newAdminToken: token }
}

/** The demo is a site of its own: it is mounted if it was built, and gets keys that are good for this run only. */
async function demoExtension(keys: Keys, url: () => string): Promise<FastifyPluginAsync[]> {
  const file = fileURLToPath(new URL('../../packages/demo/dist/index.js', import.meta.url))
  if (!existsSync(file)) return []
  const { createDemo } = (await import(pathToFileURL(file).href)) as {
    createDemo(options: DemoOptions): FastifyPluginAsync
  }
  const pageKey = `ot_write_demo_${randomBytes(12).toString('base64url')}`
  const serverKey = `ot_server_demo_${randomBytes(12).toString('base64url')}`
  keys.add('write', pageKey)
  keys.add('server', serverKey)
  return [createDemo({ pageKey, serverKey, collectorUrl: url })]
}

interface DemoOptions {
  pageKey: string
  serverKey: string
  collectorUrl: () => string
}

function watchLevel(spool: Spool, log: pino.Logger) {
  let fraction = 0
  const look = () =>
    spool.level().then(
      (level) => {
        fraction = level.fraction
      },
      (error: unknown) => log.warn({ err: error }, 'spool: its fill cannot be read'),
    )
  const timers = [
    setInterval(look, LEVEL_INTERVAL_MS),
    setInterval(
      () => spool.release().catch((error: unknown) => log.warn({ err: error }, 'spool: old segments stay')),
      RELEASE_INTERVAL_MS,
    ),
  ]
  for (const timer of timers) timer.unref()
  void look()
  return { fraction: () => fraction, stop: () => timers.forEach(clearInterval) }
}

function observe(
  metrics: Metrics,
  spool: Spool,
  store: () => Store | undefined,
  fraction: () => number,
  recounts: Recounts,
): void {
  metrics.gauge(
    'verify_drift_cells',
    'Cells of KPIs that differ from the recount of raw rows, at the last check; -1: not checked yet',
    () => recounts.last()?.drift.length ?? -1,
  )

  metrics.gauge('spool_fill_ratio', 'How full the spool is; from 0.95 on events are refused', fraction)
  metrics.gauge(
    'spool_pending_frames',
    'Requests on disk that ClickHouse does not have yet',
    () => spool.stats().pendingFrames,
  )
  metrics.gauge(
    'spool_pending_bytes',
    'Bytes on disk that ClickHouse does not have yet',
    () => spool.stats().pendingBytes,
  )
  metrics.gauge('spool_fsyncs', 'fdatasync calls since the start', () => spool.stats().fsyncs)
  metrics.gauge('spool_quarantined', 'Damaged places found in the spool: an alarm', () => spool.stats().quarantined)
  metrics.gauge('spool_missing_frames', 'Frames missing from the spool: an alarm', () => spool.stats().missingFrames)
  metrics.gauge('clickhouse_up', '1 when ClickHouse answers', () => (store()?.isUp() ? 1 : 0))
  metrics.gauge('writer_batches', 'Batches stored since the start', () => store()?.writer.stats().batches ?? 0)
  metrics.gauge('writer_events', 'Events stored since the start', () => store()?.writer.stats().events ?? 0)
  metrics.gauge(
    'writer_duplicates',
    'Repetitions recognised by the writer since the start',
    () => store()?.writer.stats().duplicates ?? 0,
  )
  metrics.gauge('writer_poison', 'Events ClickHouse refused since the start', () => store()?.writer.stats().poison ?? 0)
  metrics.gauge('writer_failures', 'Attempts that failed since the start', () => store()?.writer.stats().failures ?? 0)
  metrics.gauge(
    'writer_failing',
    'Failed attempts since the last one that succeeded',
    () => store()?.writer.stats().failing ?? 0,
  )
}

/** The spool's log has no level of its own; it speaks through the collector's. */
function adapt(log: pino.Logger) {
  return {
    info: (fields: Record<string, unknown>, message: string) => log.info(fields, message),
    warn: (fields: Record<string, unknown>, message: string) => log.warn(fields, message),
    error: (fields: Record<string, unknown>, message: string) => log.error(fields, message),
  }
}
