import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'

// Longer than the slowest install and browser download together; past it a pid may belong to someone else.
const HELD_MAX_MS = 30 * 60_000
const RETRY_MS = 200

/**
 * Runs `work` while no other process holds the lock `folder`; waits for the other, and takes the lock over when that
 * process is gone. The folder appears by a rename with its owner already inside, so it never exists without one.
 */
export async function withLock(folder, work, say = console.log) {
  const token = randomUUID()
  const taken = []
  let waiting = false
  while (!acquire(folder, token)) {
    const owner = ownerOf(folder)
    if (owner && isGone(owner)) {
      const grave = `${folder}.stale-${owner.token}`
      if (move(folder, grave)) taken.push(grave)
      continue
    }
    if (owner && !waiting) say(`waiting for process ${owner.pid}, which is installing or building here`)
    waiting = true
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
  try {
    return await work()
  } finally {
    if (ownerOf(folder)?.token === token) rmSync(folder, { recursive: true, force: true })
    for (const grave of taken) rmSync(grave, { recursive: true, force: true })
  }
}

function acquire(folder, token) {
  const prepared = `${folder}.${token}`
  mkdirSync(dirname(folder), { recursive: true })
  mkdirSync(prepared)
  const owner = { token, pid: process.pid, host: hostname(), sinceMs: Date.now() }
  writeFileSync(join(prepared, 'owner.json'), JSON.stringify(owner))
  if (move(prepared, folder)) return true
  rmSync(prepared, { recursive: true, force: true })
  return false
}

// A folder cannot be renamed onto one that has something in it. That makes the lock exclusive, and it keeps two waiters
// from burying a stale lock twice: the grave carries the token of the dead, so a second burial finds it occupied.
function move(from, to) {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM'].includes(error.code)) return false
    throw error
  }
}

function ownerOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'))
  } catch {
    // Released between the two looks: there is no owner any more.
    return undefined
  }
}

function isGone({ pid, host, sinceMs }) {
  if (Date.now() - sinceMs > HELD_MAX_MS) return true
  if (host !== hostname()) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}
