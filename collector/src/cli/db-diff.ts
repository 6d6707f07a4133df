import { join } from 'node:path'
import { diffSchema, type SchemaDifference } from '@offertrail/clickhouse'
import { pino } from 'pino'
import { type Config, readConfig } from '../config.ts'
import { readControl } from '../control.ts'
import { schemaRoot, schemaVars } from '../schema.ts'
import { startEngine } from '../store.ts'

// npm run db:diff: do the SQL files and the database agree? Asks the collector that runs on DATA_DIR; without one, opens the database itself.
const config = readConfig()
try {
  const differences = (await fromCollector(config)) ?? (await fromDatabase(config))
  for (const { name, kind, difference, file, wanted, actual } of differences) {
    process.stdout.write(`${difference.padEnd(8)} ${kind} ${name}${file === undefined ? '' : `   (${file})`}\n`)
    if (difference === 'changed') process.stdout.write(`  file:     ${wanted}\n  database: ${actual}\n`)
  }
  process.stdout.write(
    differences.length === 0 ? 'Files and database agree.\n' : `${differences.length} differences.\n`,
  )
  process.exitCode = differences.length === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`db:diff: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}

async function fromCollector({ DATA_DIR }: Config): Promise<SchemaDifference[] | undefined> {
  const control = readControl(DATA_DIR)
  if (!control) return undefined
  const request = fetch(`${control.url}/api/analytics/schema/differences`, {
    headers: { authorization: `Bearer ${control.token}` },
  })
  // Killed collectors leave their file behind; then nobody answers, and the database is free.
  const answer = await request.catch(() => undefined)
  if (!answer) return undefined
  if (!answer.ok) throw new Error(`the collector at ${control.url} answers ${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { differences: SchemaDifference[] }).differences
}

async function fromDatabase(config: Config): Promise<SchemaDifference[]> {
  const log = pino({ level: 'warn' }, pino.destination(2))
  const engine = await startEngine(config, config.ANALYTICS_DB_PATH ?? join(config.DATA_DIR, 'clickhouse'), log)
  try {
    return await diffSchema(engine, { root: schemaRoot, vars: schemaVars(config) })
  } finally {
    await engine.stop()
  }
}
