import closeWithGrace from 'close-with-grace'
import { ConfigError, readConfig, startCollector } from './collector.ts'

/** Exit code that asks a supervisor for a restart (EX_TEMPFAIL). */
const RESTART_ME = 75
/** Longest a stop may take, milliseconds: drain, engine and connections together. */
const STOP_MS = 30_000

try {
  const collector = await startCollector(readConfig(), (error) => {
    process.stderr.write(`${error.message}; exiting, start again\n`)
    process.exit(RESTART_ME)
  })
  closeWithGrace({ delay: STOP_MS }, async ({ err, signal }) => {
    if (err) process.stderr.write(`collector: ${err.stack}\n`)
    else process.stdout.write(`\nOffertrail: ${signal}, storing what is under way ...\n`)
    await collector.close()
    if (!err) process.stdout.write('Offertrail: stopped.\n')
  })
  await collector.ready
  process.stdout.write(banner(collector.url, collector.sqlUrl(), collector.newAdminToken))
} catch (error) {
  process.stderr.write(
    error instanceof ConfigError ? `${error.message}\n` : `Offertrail cannot start: ${explain(error)}\n`,
  )
  process.exit(1)
}

function banner(url: string, sqlUrl: string | undefined, token: string | undefined): string {
  const lines = [
    'Offertrail is up.',
    '',
    `  demo job board   ${url}/demo/`,
    `  browser tag      ${url}/offertrail.js`,
    `  send events to   ${url}/api/analytics/events`,
    ...(sqlUrl === undefined
      ? []
      : [`  ask in SQL       ${sqlUrl}   or: npm run sql -- "SELECT * FROM kpi_sessions_daily"`]),
    ...(token === undefined
      ? []
      : ['', `  admin token      ${token}`, '                   shown this once; it opens /metrics']),
    '',
  ]
  return `${lines.join('\n')}\n`
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const busy = 'code' in error && error.code === 'EADDRINUSE'
  return busy ? `${error.message}; another program has the port: stop it or set PORT` : error.message
}
