import type { Frame } from './format.ts'
import type { Fs } from './fs.ts'
import type { ProcessTable } from './process-table.ts'
import type { SpoolError } from './spool-error.ts'

/** Where the writer is: every frame up to `durable_seq` is in the database, and survives there. */
export type Checkpoint = {
  durable_seq: number
  /** The boot of the machine and the incarnation of the database this was true for; opaque to the spool. */
  boot_id: string
  engine_id: string
  /** JSON of the writer, e.g. its ledger of counters. */
  state?: unknown
}

/** A batch that may have been sent to the database: made durable before its first attempt, same rows at each retry. */
export type Manifest = {
  /** Letters, digits, `.`, `_`, `-`; at most 128; does not begin with a dot. */
  batch_id: string
  first_seq: number
  last_seq: number
  rows: number
  sha256: string
  state?: unknown
}

/** How full something is; `fraction` is used / limit, 1 when nothing more fits. */
export type Fill = { used: number; limit: number; fraction: number }

/** What must not be dropped, against what the quota and the disk still allow. `fraction` is the worse of the two. */
export type Level = { bytes: Fill; inodes: Fill; fraction: number }

/** Counted since this process opened the spool, except for those called "now". */
export type SpoolStats = Counters & {
  state: 'open' | 'failed' | 'closed'
  /** Now: segment files and their size on disk, blank and retained space included. */
  segments: number
  fileBytes: number
  retainedBytes: number
  /** Now: frames not yet passed by the checkpoint. */
  pendingFrames: number
  pendingBytes: number
  oldestPendingRecvMs: number | undefined
  /** Now: bytes in memory that wait for the disk. */
  queuedBytes: number
  durableSeq: number
  manifests: number
}

export type Counters = {
  syncedFrames: number
  syncedBytes: number
  fsyncs: number
  refused: {
    spool_full: number
    spool_busy: number
    spool_unavailable: number
    spool_io: number
    frame_too_large: number
  }
  releasedSegments: number
  /** Recovery: a group that was being written when the machine stopped; never acknowledged. */
  tornTails: number
  /** Bytes that did not verify and may have been acknowledged; copied to `quarantine/`. An alarm. */
  quarantined: number
  /** Places where seqs above the checkpoint are missing, and how many. An alarm. */
  gaps: number
  missingFrames: number
  /** Starts that had to use the copy before the last checkpoint, or none. */
  checkpointFallbacks: number
}

/** Called with fields and a sentence; never with payloads. */
export type SpoolLog = Record<'info' | 'warn' | 'error', (fields: Record<string, unknown>, message: string) => void>

export type SpoolOptions = {
  /** Absolute path; made when missing, with its ancestors. */
  dir: string
  log: SpoolLog
  /** Called once, when the disk has failed. The process should stop taking requests and exit, to be started again. */
  onFailure?: (error: SpoolError) => void
  fs?: Fs
  processes?: ProcessTable
  /** Wall clock, ms; only the age of retained segments depends on it. */
  now?: () => number
  /** Size of a segment; at most a quarter of `maxBytes` is used. Default 16 MiB. */
  segmentBytes?: number
  /** Quota of all segment files together. Default 1 GiB. */
  maxBytes?: number
  /** Payload of one append. Default 8 MiB. */
  maxFrameBytes?: number
  /** Bytes that may wait in memory for the disk. Default 32 MiB. */
  maxQueuedBytes?: number
  /** How long stored segments are kept for a replay, and how large they may be together. Default 24 h, half of `maxBytes`. */
  retainMs?: number
  retainBytes?: number
  /** Disk space left alone by segments, held as a file so that checkpoint and manifest find room. Default 1 MiB. */
  reserveBytes?: number
  /** Copies of damaged bytes stop at this many. Default 64 MiB. */
  maxQuarantineBytes?: number
}

/** At least one frame is read even if it is larger than `maxBytes`. */
export type ReadLimits = { maxFrames: number; maxBytes: number }

/** The durable queue between "accepted" and "stored". One process, one writer, any number of readers in it. */
export type Spool = {
  /** What the start found worth telling: a file system that does not keep what it promises. */
  readonly warnings: readonly string[]
  /** The last seq that survives a power cut. */
  readonly durableSeq: number
  /**
   * Resolves with the seq (from 1, ascending in the order of the calls) once payload and seq survive a power cut. Rejects
   * with a `SpoolError`; then the frame may or may not come back after a crash, but is not delivered before. The payload
   * must not change until then. `recvMs` is a whole number of ms, `type` 0-255; both are handed back as they are.
   */
  append(payload: Uint8Array, meta: { recvMs: number; type: number }): Promise<number>
  /**
   * Durable frames behind `afterSeq`, in order; empty when there are none. Payloads are views: copy what you keep.
   * Throws `spool_io` or `spool_unavailable` when the disk cannot be read; that alone does not end the spool.
   */
  read(afterSeq: number, limits: ReadLimits): Promise<Frame[]>
  /** Resolves when there is something behind `afterSeq` to read. Rejects with the signal's reason, or `spool_closed`. */
  waitFor(afterSeq: number, signal?: AbortSignal): Promise<void>
  /** All that is still there from `fromSeq` on, stored or not, up to what is durable when it begins. */
  replay(fromSeq: number): AsyncIterable<Frame>
  checkpoint(): Checkpoint | undefined
  /** Durable when it resolves; then segments it has passed count as retained. May go back, to send frames again. */
  saveCheckpoint(checkpoint: Checkpoint): Promise<void>
  /** In doubt: saved and not removed; ascending by `first_seq`. */
  manifests(): Manifest[]
  /** Durable when it resolves; the same `batch_id` again replaces it. */
  saveManifest(manifest: Manifest): Promise<void>
  /** Throws `manifest_in_doubt` while the checkpoint has not passed `last_seq`. Unknown ids are no error. */
  removeManifest(batchId: string): Promise<void>
  /** Removes retained segments that are too old or too many. `saveCheckpoint` does this, too; call it on a timer as well. */
  release(): Promise<void>
  level(): Promise<Level>
  stats(): SpoolStats
  /** Writes what is queued, then lets go of files and lock. Never rejects because of the disk. */
  close(): Promise<void>
}
