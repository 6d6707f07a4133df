#!/usr/bin/env node
// npm run sql -- "SELECT ..." : prints the answer as a table. See run-sql.ts.
import { readConfig } from '../config.ts'
import { runSql } from './run-sql.ts'

// Whoever reads us may have seen enough (`| head`); that is no error.
process.stdout.on('error', () => process.exit(0))

try {
  process.exitCode = await runSql({
    args: process.argv.slice(2),
    config: readConfig(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
