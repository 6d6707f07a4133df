import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from './lock.mjs'

let folder: string
let lock: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offertrail-lock-'))
  lock = join(folder, 'run.lock')
})

afterEach(() => rmSync(folder, { recursive: true }))

test('lets one process in at a time', async () => {
  const log = join(folder, 'log')
  const source = `
    import { appendFileSync } from 'node:fs'
    import { withLock } from ${JSON.stringify(new URL('./lock.mjs', import.meta.url).href)}
    for (let round = 0; round < 3; round++)
      await withLock(${JSON.stringify(lock)}, async () => {
        appendFileSync(${JSON.stringify(log)}, 'in\\n')
        await new Promise((resolve) => setTimeout(resolve, 20))
        appendFileSync(${JSON.stringify(log)}, 'out\\n')
      }, () => {})`
  const exits = await Promise.all([1, 2, 3].map(() => exitOf(source)))
  expect(exits).toEqual([0, 0, 0])
  expect(readFileSync(log, 'utf8')).toBe('in\nout\n'.repeat(9))
  expect(readdirSync(folder)).toEqual(['log'])
})

test('takes over from a process that died while it held the lock', async () => {
  await exitOf(`
    import { withLock } from ${JSON.stringify(new URL('./lock.mjs', import.meta.url).href)}
    await withLock(${JSON.stringify(lock)}, () => process.kill(process.pid, 'SIGKILL'))`)
  expect(readdirSync(folder)).toEqual(['run.lock'])
  expect(await withLock(lock, () => 'done')).toBe('done')
  expect(readdirSync(folder)).toEqual([])
})

test('takes over from another machine only after half an hour', async () => {
  mkdirSync(lock)
  const owner = { token: 'other', pid: process.pid, host: `not-${hostname()}`, sinceMs: Date.now() - 31 * 60_000 }
  writeFileSync(join(lock, 'owner.json'), JSON.stringify(owner))
  expect(await withLock(lock, () => 'done')).toBe('done')
})

test('is free again after the work threw', async () => {
  const work = () => {
    throw new Error('the work failed')
  }
  await expect(withLock(lock, work)).rejects.toThrow('the work failed')
  expect(readdirSync(folder)).toEqual([])
})

function exitOf(source: string): Promise<number | null> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return new Promise((resolve) => child.on('exit', resolve))
}
