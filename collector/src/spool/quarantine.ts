import { join } from 'node:path'
import { type Fs, type FsFile, readFully, writeFully } from './fs.ts'
import { errorCode } from './spool-error.ts'
import type { SpoolLog } from './types.ts'

/**
 * Copies of bytes that did not verify, for a person to look at. The segment itself is left as it is, so the same bytes
 * are found again at each start until it is removed; they are copied once (the name says from where) and reported once.
 */
export class Quarantine {
  readonly dir: string
  #bytes = 0
  readonly #known = new Set<string>()
  readonly #fs: Fs
  readonly #maxBytes: number
  readonly #log: SpoolLog

  constructor(fs: Fs, dir: string, maxBytes: number, log: SpoolLog) {
    this.#fs = fs
    this.dir = dir
    this.#maxBytes = maxBytes
    this.#log = log
  }

  /** Counts what is there already towards the bound. */
  async open(): Promise<void> {
    for (const name of await this.#fs.readdir(this.dir)) {
      const file = await this.#fs.open(join(this.dir, name), 'read')
      this.#bytes += await file.size()
      await file.close()
    }
  }

  /** True the first time in this process for this place. A copy that fails does not stop anything. */
  async keep(segmentName: string, file: FsFile, offset: number, end: number): Promise<boolean> {
    const name = `${segmentName}-${offset}-${end - offset}.bin`
    if (this.#known.has(name)) return false
    this.#known.add(name)
    if (this.#bytes + end - offset > this.#maxBytes) {
      this.#log.warn(
        { name, max_bytes: this.#maxBytes },
        'spool: quarantine is full; damaged bytes stay in the segment only',
      )
      return true
    }
    try {
      const copy = await this.#fs.open(join(this.dir, name), 'create')
      this.#bytes += end - offset
      try {
        await writeFully(copy, await readFully(file, offset, end - offset), 0)
        await copy.datasync()
      } finally {
        await copy.close()
      }
    } catch (error) {
      const code = errorCode(error)
      if (code !== 'EEXIST') this.#log.warn({ code, name }, 'spool: damaged bytes could not be copied to quarantine')
    }
    return true
  }
}
