import type { Manifest } from '../spool/index.ts'
import { type Batch, batchHash, type Decisions } from './batch.ts'

/** What a batch's manifest says beside its place. */
export interface ManifestState extends Decisions {
  /** The database it is for, and the engine's process that its tokens are known to. */
  database: string
  incarnation: string
  /** Goes up when tokens must not be used again: another engine process, other rows, deleted rows. */
  epoch: number
}

export function stateOf(manifest: Manifest): ManifestState {
  return manifest.state as ManifestState
}

export function manifestOf(batch: Batch, state: ManifestState): Manifest {
  const rows = [...batch.tables.values()].reduce((sum, table) => sum + table.length, 0)
  return {
    batch_id: batch.id,
    first_seq: batch.firstSeq,
    last_seq: batch.lastSeq,
    rows,
    sha256: batchHash(batch),
    state,
  }
}

/** 1 to 2^24 - 1: with the seqs' 40 bits it fills a UInt64. */
export function newProcessNumber(random: () => number): number {
  return 1 + Math.floor(random() * (2 ** 24 - 1))
}
