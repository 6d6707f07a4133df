import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type Fs, readFully, unlinkIfThere, writeFully, writeZeros } from './fs.ts'
import { errorCode, isFull, SpoolError } from './spool-error.ts'

/** Written in front of every small file; one with a higher number is not ours to read. */
const VERSION = 1

/** A file of zeros that is given up when the disk is full. */
export const reservePath = (dir: string) => join(dir, 'reserve')

/**
 * Small files that are replaced as a whole: `{"version":1,"value":...}` on the first line, its crc32 in hex on the second.
 * At any moment, power cuts included, the old or the new content is there. They find room on a full disk, once, by
 * giving up the reserve.
 */
export class SmallFiles {
  readonly #fs: Fs
  readonly #reserve: string
  readonly #reserveBytes: number
  #haveReserve = false

  constructor(fs: Fs, dir: string, reserveBytes: number) {
    this.#fs = fs
    this.#reserve = reservePath(dir)
    this.#reserveBytes = reserveBytes
  }

  /**
   * Durable when it resolves. `previous`: the file that was there keeps this name. Throws what the disk throws.
   */
  async save(dir: string, name: string, value: unknown, previous?: string): Promise<void> {
    try {
      await this.#replace(dir, name, value, previous)
    } catch (error) {
      if (!isFull(error) || !this.#haveReserve) throw error
      this.#haveReserve = false
      await unlinkIfThere(this.#fs, this.#reserve)
      await this.#replace(dir, name, value, previous)
    }
  }

  /** Throws `spool_format` for a file of a newer version. */
  async load(dir: string, name: string): Promise<{ kind: 'found'; value: unknown } | { kind: 'missing' | 'damaged' }> {
    let text: string
    try {
      const file = await this.#fs.open(join(dir, name), 'read')
      try {
        text = (await readFully(file, 0, await file.size())).toString()
      } finally {
        await file.close()
      }
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return { kind: 'missing' }
      throw error
    }
    const [json = '', crc] = text.split('\n')
    if (crc32(json).toString(16) !== crc) return { kind: 'damaged' }
    const content = JSON.parse(json) as { version: number; value: unknown }
    if (content.version > VERSION) {
      const message = `${join(dir, name)} has format ${content.version}, this program reads up to ${VERSION}; upgrade it`
      throw new SpoolError('spool_format', message)
    }
    return { kind: 'found', value: content.value }
  }

  /** Makes the reserve if it is missing and there is room; without it everything works until the disk is full. */
  async ensureReserve(): Promise<void> {
    if (this.#haveReserve || this.#reserveBytes === 0) return
    try {
      if ((await sizeOf(this.#fs, this.#reserve)) === this.#reserveBytes) {
        this.#haveReserve = true
        return
      }
      await unlinkIfThere(this.#fs, this.#reserve)
      const file = await this.#fs.open(this.#reserve, 'create')
      try {
        await writeZeros(file, this.#reserveBytes)
        await file.datasync()
      } finally {
        await file.close()
      }
      this.#haveReserve = true
    } catch (error) {
      if (!isFull(error)) throw error
      await unlinkIfThere(this.#fs, this.#reserve)
    }
  }

  async #replace(dir: string, name: string, value: unknown, previous: string | undefined): Promise<void> {
    const json = JSON.stringify({ version: VERSION, value })
    const temporary = join(dir, `${name}.tmp`)
    await unlinkIfThere(this.#fs, temporary)
    const file = await this.#fs.open(temporary, 'create')
    try {
      await writeFully(file, Buffer.from(`${json}\n${crc32(json).toString(16)}\n`), 0)
      await file.datasync()
    } finally {
      await file.close()
    }
    if (previous !== undefined) await renameIfThere(this.#fs, join(dir, name), join(dir, previous))
    await this.#fs.rename(temporary, join(dir, name))
    await this.#fs.syncDir(dir)
  }
}

async function sizeOf(fs: Fs, path: string): Promise<number | undefined> {
  try {
    const file = await fs.open(path, 'read')
    try {
      return await file.size()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return undefined
  }
}

async function renameIfThere(fs: Fs, from: string, to: string): Promise<void> {
  try {
    await fs.rename(from, to)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}
