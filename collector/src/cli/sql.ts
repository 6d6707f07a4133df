#!/usr/bin/env node
// npm run sql -- "SELECT ..." : prints the answer as a table. See run-sql.ts.
import { type Config, isSet, readConfig } from '../config.ts'
import { readControl } from '../control.ts'
import { runSql } from './run-sql.ts'

// Whoever reads us may have seen enough (`| head`); that is no error.
process.stdout.on('error', () => process.exit(0))

try {
  process.exitCode = await runSql({
    args: process.argv.slice(2),
    config: configOfThisInstance(readConfig()),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

/** The collector that runs on DATA_DIR says where it answers; what the environment says of it goes first. */
function configOfThisInstance(config: Config): Config {
  const isSaid = config.CLICKHOUSE_URL !== undefined || isSet('CLICKHOUSE_HTTP_PORT')
  const sqlUrl = isSaid ? undefined : readControl(config.DATA_DIR)?.sql_url
  return sqlUrl === undefined ? config : { ...config, CLICKHOUSE_HTTP_PORT: Number(new URL(sqlUrl).port) }
}
