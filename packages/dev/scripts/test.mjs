// `npm test`: runs all tests, or those that the arguments choose (`npm test -- collector/src/spool`), with vitest.
// The last line is `N passed, N failed` (and `, N skipped` if any were); the exit code is 0 only if tests ran and none failed.
import { spawn } from 'node:child_process'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readCache } from './lib/stamps.mjs'
import { tally } from './lib/tally.mjs'
import { cacheFolder, root } from './lib/workspaces.mjs'

// A name of its own while it runs: two runs at a time must not read each other's results.
const running = join(cacheFolder, `test-results-${process.pid}.json`)
const results = join(cacheFolder, 'test-results.json')

const exitCode = await runVitest(process.argv.slice(2))
const { passed, failed, skipped } = tally(readCache(running), exitCode)
try {
  renameSync(running, results)
} catch {
  // vitest died before it wrote any: results of an earlier run must not stand for this one.
  rmSync(results, { force: true })
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0

function runVitest(args) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const fixed = ['run', '--config', 'packages/dev/vitest.config.ts', '--reporter=default', '--reporter=json']
  const child = spawn(process.execPath, [vitest, ...fixed, `--outputFile.json=${running}`, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  // A signal from the terminal reaches vitest by itself; one sent to this process alone has to be handed on.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`test: vitest could not be started: ${error.message}`)
      resolve(1)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
}
