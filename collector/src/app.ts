import { readFileSync } from 'node:fs'
import { BATCH_BYTES_MAX } from '@offertrail/contract'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, LogController } from 'fastify'
import http, { problemOf, sendProblem } from './http.ts'
import events from './routes/api/analytics/events.ts'
import recount from './routes/api/analytics/recount.ts'
import schema from './routes/api/analytics/schema.ts'
import health from './routes/health.ts'
import metrics from './routes/metrics.ts'
import tracker from './routes/tracker.ts'
import type { Services } from './services.ts'

export interface AppOptions {
  services: Services
  log: FastifyBaseLogger
  /** Folder with the built tag. */
  trackerDir: string
  /** Parts mounted from outside, like the demo. */
  extensions?: FastifyPluginAsync[]
}

/** Milliseconds a request may take to arrive. Fastify's own default is for ever. */
const REQUEST_TIMEOUT_MS = 10_000
/** Milliseconds an idle connection is kept. */
const KEEP_ALIVE_MS = 60_000
const CONNECTIONS_MAX = 4_096
/** How often requests that take too long are looked for, milliseconds. Node's own default is 30 s, which would be the timeout then. */
const TIMEOUT_CHECK_MS = 1_000

/** The HTTP interface, wired top to bottom. */
export async function createApp({ services, log, trackerDir, extensions = [] }: AppOptions): Promise<FastifyInstance> {
  const { config } = services
  // The default of headersTimeout is longer than our timeout; Node would take the one for the other.
  const server = { connectionsCheckingInterval: TIMEOUT_CHECK_MS, headersTimeout: REQUEST_TIMEOUT_MS }
  const tls =
    config.TLS_CERT_FILE && config.TLS_KEY_FILE
      ? { cert: readFileSync(config.TLS_CERT_FILE), key: readFileSync(config.TLS_KEY_FILE) }
      : undefined
  const app = Fastify({
    ...(tls ? { https: { ...server, ...tls } } : { http: server }),
    // Fastify's own news (where it listens, each plugin) is in the banner or nowhere.
    loggerInstance: log.child({}, { level: log.level === 'info' ? 'warn' : log.level }),
    // Access lines would name addresses and grow with the traffic; requests are counted in the metrics.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BATCH_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: REQUEST_TIMEOUT_MS * 3,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // http.ts says it, with Retry-After and for pages of other origins, too.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    trustProxy: config.TRUSTED_PROXIES.length > 0 ? config.TRUSTED_PROXIES : false,
    frameworkErrors: (error, _request, reply) => sendProblem(reply, problemOf(error)),
  })
  app.server.maxConnections = CONNECTIONS_MAX
  await app.register(http, { services })
  await app.register(events, { services })
  await app.register(schema, { services })
  await app.register(recount, { services })
  await app.register(health, { services })
  await app.register(metrics, { services })
  await app.register(tracker, { trackerDir })
  for (const extension of extensions) await app.register(extension)
  return app
}
