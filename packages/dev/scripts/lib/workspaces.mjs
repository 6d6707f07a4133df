import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of the repository, without a slash at the end. */
export const root = dirname(fileURLToPath(new URL('../../../../package.json', import.meta.url)))

/** What may be thrown away at any time: stamps, test results, the path of Chromium. */
export const cacheFolder = join(root, '.cache')

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'coverage', 'data', 'test-results'])

/** Folders of all workspaces, relative to the root, as the root package.json names them. */
export function workspaces() {
  const { workspaces: patterns } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folders = patterns.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern]
    const parent = pattern.slice(0, -2)
    return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`)
  })
  return folders.filter((folder) => existsSync(join(root, folder, 'package.json'))).sort()
}

/** All files below `folder` (relative to the root, like the answer) that a person wrote or a generator wrote for them. */
export function filesIn(folder) {
  const found = []
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.name) && !entry.name.startsWith('.')) found.push(...filesIn(path))
    } else if (entry.isFile()) {
      found.push(path)
    }
  }
  return found
}
