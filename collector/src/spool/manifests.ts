import { join } from 'node:path'
import { makeDirectory } from './directory.ts'
import { type Fs, unlinkIfThere } from './fs.ts'
import type { SmallFiles } from './small-file.ts'
import { errorCode, SpoolError } from './spool-error.ts'
import type { Manifest, SpoolLog } from './types.ts'

/** The batches that may have reached the database, one file each in `manifests/`. */
export class Manifests {
  /** The highest seq any manifest names, also of those found covered at the start. */
  lastSeq = 0
  readonly #fs: Fs
  readonly #small: SmallFiles
  readonly #spoolDir: string
  readonly #dir: string
  readonly #byId = new Map<string, Manifest>()
  readonly #damaged: string[] = []

  private constructor(fs: Fs, small: SmallFiles, spoolDir: string) {
    this.#fs = fs
    this.#small = small
    this.#spoolDir = spoolDir
    this.#dir = join(spoolDir, 'manifests')
  }

  /** Only reads. Throws `spool_format` for a manifest of a newer version. */
  static async load(fs: Fs, small: SmallFiles, spoolDir: string, log: SpoolLog): Promise<Manifests> {
    const manifests = new Manifests(fs, small, spoolDir)
    for (const name of await namesIn(fs, manifests.#dir)) {
      if (!name.endsWith('.json')) continue
      const loaded = await small.load(manifests.#dir, name)
      if (loaded.kind === 'found') manifests.#add(loaded.value as Manifest)
      if (loaded.kind === 'damaged') {
        manifests.#damaged.push(name)
        log.error({ name }, 'spool: a manifest is damaged; its batch may be stored already, check by its batch id')
      }
    }
    return manifests
  }

  /** Makes the directory, clears what a crash left, and forgets the batches the checkpoint has passed. */
  async open(storedSeq: number): Promise<void> {
    await makeDirectory(this.#fs, this.#dir)
    for (const name of await this.#fs.readdir(this.#dir)) {
      if (name.endsWith('.tmp')) await unlinkIfThere(this.#fs, join(this.#dir, name))
    }
    for (const name of this.#damaged) {
      await this.#fs.rename(join(this.#dir, name), join(this.#spoolDir, 'quarantine', name))
    }
    for (const manifest of this.list()) {
      if (manifest.last_seq <= storedSeq) await this.remove(manifest.batch_id, storedSeq)
    }
  }

  list(): Manifest[] {
    return [...this.#byId.values()].sort((a, b) => a.first_seq - b.first_seq)
  }

  async save(manifest: Manifest): Promise<void> {
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(manifest.batch_id)) {
      throw new RangeError(`batch_id ${JSON.stringify(manifest.batch_id)} cannot name a file`)
    }
    await this.#small.save(this.#dir, `${manifest.batch_id}.json`, manifest)
    this.#add(manifest)
  }

  /** Not synced: a manifest that comes back after a power cut is covered by the checkpoint and removed at the start. */
  async remove(batchId: string, storedSeq: number): Promise<void> {
    const manifest = this.#byId.get(batchId)
    if (manifest === undefined) return
    if (manifest.last_seq > storedSeq) {
      const message = `batch ${batchId} ends at ${manifest.last_seq}, the checkpoint at ${storedSeq}; save the checkpoint first`
      throw new SpoolError('manifest_in_doubt', message)
    }
    await unlinkIfThere(this.#fs, join(this.#dir, `${batchId}.json`))
    this.#byId.delete(batchId)
  }

  #add(manifest: Manifest): void {
    this.#byId.set(manifest.batch_id, manifest)
    this.lastSeq = Math.max(this.lastSeq, manifest.last_seq)
  }
}

async function namesIn(fs: Fs, dir: string): Promise<string[]> {
  try {
    return await fs.readdir(dir)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}
