import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type LaunchOptions } from 'playwright'

/** A browser on this machine, and the folder of the libraries it brings along, if it does. */
export type ChromiumLocation = { path: string; ldLibraryPath?: string }

/**
 * Starts Chromium for a test. It is the one of CHROMIUM_PATH, else the one that `npm test` found and started before, else an
 * installed one. The caller closes it. Throws when there is none, and says how to get one.
 */
export function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  const { path, ldLibraryPath } = findChromium()
  const libraries = ldLibraryPath ? { LD_LIBRARY_PATH: ldLibraryPath } : {}
  const env = { ...process.env, ...options.env, ...libraries }
  return chromium.launch({ ...options, executablePath: path, env })
}

/** Where that Chromium is, for tests that start it in another way. Throws when there is none. */
export function findChromium(cacheFile = defaultCacheFile): ChromiumLocation {
  const chosen = process.env.CHROMIUM_PATH
  const remembered = readLocation(cacheFile)
  if (chosen && chosen !== remembered?.path) return { path: chosen }
  if (remembered && existsSync(remembered.path)) return remembered
  const installed = INSTALLED.find((path) => existsSync(path))
  if (installed) return { path: installed }
  throw new Error('dev: no Chromium is known; run `node packages/dev/scripts/ensure-chromium.mjs` or set CHROMIUM_PATH')
}

const defaultCacheFile = fileURLToPath(new URL('../../../.cache/chromium.json', import.meta.url))

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

function readLocation(cacheFile: string): ChromiumLocation | undefined {
  try {
    const { path, ldLibraryPath } = JSON.parse(readFileSync(cacheFile, 'utf8'))
    if (typeof path !== 'string') return undefined
    return typeof ldLibraryPath === 'string' ? { path, ldLibraryPath } : { path }
  } catch {
    // No `npm test` has looked for one yet: the installed ones are tried next.
    return undefined
  }
}
