import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './workspaces.mjs'

/**
 * What `files` (relative to the root) hold now: path -> [bytes, mtime in ms, sha256]. A file that is missing is left out.
 * A hash is taken from `known` when size and time are still the same: that keeps a run with nothing to do below 0.1 s.
 */
export function snapshot(files, known = {}) {
  const result = {}
  for (const path of [...files].sort()) {
    const stat = statSync(join(root, path), { throwIfNoEntry: false })
    if (!stat) continue
    const before = known[path]
    const unchanged = before && before[0] === stat.size && before[1] === stat.mtimeMs
    result[path] = [stat.size, stat.mtimeMs, unchanged ? before[2] : hashOf(path)]
  }
  return result
}

/** Whether two snapshots name the same files with the same content; times do not count, a checkout changes them. */
export function sameContent(a, b) {
  const paths = Object.keys(a)
  return paths.length === Object.keys(b).length && paths.every((path) => b[path] && a[path][2] === b[path][2])
}

/** Reads a JSON file of the cache; undefined when there is none or it is broken, as after a kill or by an older version. */
export function readCache(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // Whatever is wrong with a cache, the answer is the same: do the work again.
    return undefined
  }
}

/** Writes a JSON file of the cache in one step, so that a reader never sees half of it. */
export function writeCache(file, value) {
  mkdirSync(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, JSON.stringify(value))
  renameSync(temporary, file)
}

function hashOf(path) {
  return createHash('sha256')
    .update(readFileSync(join(root, path)))
    .digest('hex')
}
