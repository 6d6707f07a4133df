import { statSync } from 'node:fs'
import { join } from 'node:path'
import { readCache, writeCache } from './stamps.mjs'
import { cacheFolder } from './workspaces.mjs'

/** Where tests look up the browser: { path, version, source, ldLibraryPath? } and the size and time of the file. */
export const chromiumFile = join(cacheFolder, 'chromium.json')

/** The Chromium that was found and started before, while it is still the same file and CHROMIUM_PATH names no other. */
export function knownChromium() {
  const known = readCache(chromiumFile)
  if (!known || (process.env.CHROMIUM_PATH && process.env.CHROMIUM_PATH !== known.path)) return undefined
  const stat = statSync(known.path, { throwIfNoEntry: false })
  return stat && stat.size === known.bytes && stat.mtimeMs === known.mtimeMs ? known : undefined
}

/** Remembers a Chromium that has started. */
export function rememberChromium(found) {
  const { size, mtimeMs } = statSync(found.path)
  writeCache(chromiumFile, { ...found, bytes: size, mtimeMs })
}
