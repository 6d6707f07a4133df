import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { EngineStartError } from './engine.ts'

/**
 * The path of libchdb for this machine.
 * @throws EngineStartError when npm has installed none for this platform
 */
export function findEngineLibrary(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@chdb/lib-${platform}-${arch}${platform === 'linux' ? '-gnu' : ''}`
  try {
    // Resolved from chdb, whose optional dependency it is.
    const fromChdb = createRequire(createRequire(import.meta.url).resolve('chdb'))
    const folder = dirname(fromChdb.resolve(`${name}/package.json`))
    const library = ['libchdb.so', 'libchdb.dylib'].map((file) => join(folder, file)).find((file) => existsSync(file))
    if (library === undefined) throw new Error(`no libchdb in ${folder}`)
    return library
  } catch (cause) {
    throw new EngineStartError(
      `engine: there is no embedded ClickHouse for ${platform}-${arch} (${name} is not installed); set CLICKHOUSE_URL to a ClickHouse server`,
      { cause },
    )
  }
}
