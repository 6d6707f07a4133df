import { join } from 'node:path'
import { type Fs, unlinkIfThere } from './fs.ts'
import type { SmallFiles } from './small-file.ts'
import type { Checkpoint, Counters, SpoolLog } from './types.ts'

/**
 * The checkpoint and the one before it. An older one is always safe (frames are sent again, the database knows them), so
 * a damaged one is replaced by the previous, and none at all means from the oldest segment on.
 */
export class Checkpoints {
  current: Checkpoint | undefined
  readonly #fs: Fs
  readonly #small: SmallFiles
  readonly #dir: string
  readonly #damaged: boolean

  private constructor(fs: Fs, small: SmallFiles, dir: string, current: Checkpoint | undefined, damaged: boolean) {
    this.#fs = fs
    this.#small = small
    this.#dir = dir
    this.current = current
    this.#damaged = damaged
  }

  /** Only reads. Throws `spool_format` for a checkpoint of a newer version. */
  static async load(fs: Fs, small: SmallFiles, dir: string, counters: Counters, log: SpoolLog): Promise<Checkpoints> {
    const latest = await small.load(dir, NAME)
    const previous = await small.load(dir, PREVIOUS)
    if (latest.kind === 'damaged') {
      counters.checkpointFallbacks++
      log.error({ previous: previous.kind }, 'spool: the checkpoint is damaged; more frames than needed are sent again')
    }
    // Missing with a previous one there: stopped between the two renames of a save.
    const used = latest.kind === 'found' ? latest : previous
    const current = used.kind === 'found' ? (used.value as Checkpoint) : undefined
    return new Checkpoints(fs, small, dir, current, latest.kind === 'damaged')
  }

  /** A damaged checkpoint must not become the previous one. */
  async removeDamaged(): Promise<void> {
    if (this.#damaged) await unlinkIfThere(this.#fs, join(this.#dir, NAME))
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    await this.#small.save(this.#dir, NAME, checkpoint, PREVIOUS)
    this.current = checkpoint
  }
}

const NAME = 'checkpoint'
const PREVIOUS = 'checkpoint.previous'
