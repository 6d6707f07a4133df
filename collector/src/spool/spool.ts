import { join } from 'node:path'
import { Appender } from './appender.ts'
import { Checkpoints } from './checkpoints.ts'
import { makeDirectory, unreliableFileSystem } from './directory.ts'
import { type Fs, unlinkIfThere } from './fs.ts'
import { level } from './level.ts'
import { takeLock } from './lock.ts'
import { Manifests } from './manifests.ts'
import { nodeFs } from './node-fs.ts'
import { Pending } from './pending.ts'
import { nodeProcesses, type ProcessTable } from './process-table.ts'
import { Quarantine } from './quarantine.ts'
import { Reader } from './reader.ts'
import { listSegments, recover } from './recover.ts'
import { Segments } from './segments.ts'
import { reservePath, SmallFiles } from './small-file.ts'
import { errorCode, isFull, SpoolError, toSpoolError } from './spool-error.ts'
import type { Checkpoint, Counters, Spool, SpoolOptions } from './types.ts'
import { Waiters } from './waiters.ts'

const MIB = 1024 ** 2

/**
 * Opens the spool in a directory: takes its lock, finds what is in it, repairs what a crash left, and is ready to append.
 * Throws `spool_locked`, `spool_format`, `spool_io`, `spool_unavailable`. On a full disk it opens, by
 * giving up the reserve, and refuses appends until there is room; `spool_full` only when there is no reserve either.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const fs = options.fs ?? nodeFs
  try {
    await makeDirectory(fs, options.dir)
    const unlock = await lockEvenIfFull(fs, options.dir, options.processes ?? nodeProcesses())
    try {
      return await openLocked(options, unlock)
    } catch (error) {
      await unlock()
      throw error
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    throw toSpoolError(error, `opening ${options.dir}`)
  }
}

async function lockEvenIfFull(fs: Fs, dir: string, processes: ProcessTable): Promise<() => Promise<void>> {
  try {
    return await takeLock(fs, dir, processes)
  } catch (error) {
    if (!isFull(error)) throw error
    await unlinkIfThere(fs, reservePath(dir))
    return takeLock(fs, dir, processes)
  }
}

async function openLocked(options: SpoolOptions, unlock: () => Promise<void>): Promise<Spool> {
  const { dir, log, fs = nodeFs, now = Date.now } = options
  const { maxBytes = 1024 * MIB, maxFrameBytes = 8 * MIB, maxQueuedBytes = 32 * MIB } = options
  const { retainMs = 24 * 3600_000, retainBytes = maxBytes / 2, reserveBytes = MIB } = options
  const segmentBytes = Math.min(options.segmentBytes ?? 16 * MIB, Math.floor(maxBytes / 4))
  const limits = { segmentBytes, maxBytes, reserveBytes }
  const counters = newCounters()

  // Up to here nothing in the directory has been changed: a newer format is refused untouched.
  const small = new SmallFiles(fs, dir, reserveBytes)
  const found = await listSegments(fs, dir)
  const checkpoints = await Checkpoints.load(fs, small, dir, counters, log)
  const manifests = await Manifests.load(fs, small, dir, log)

  for (const name of await fs.readdir(dir)) {
    // Those of the lock may belong to a process that is waiting for its turn; `takeLock` looks after them.
    if (name.endsWith('.tmp') && !name.startsWith('lock-')) await unlinkIfThere(fs, join(dir, name))
  }
  const quarantine = new Quarantine(fs, join(dir, 'quarantine'), options.maxQuarantineBytes ?? 64 * MIB, log)
  await makeDirectory(fs, quarantine.dir)
  await quarantine.open()
  await checkpoints.removeDamaged()
  const storedSeq = checkpoints.current?.durable_seq
  const holes = await recover(found, { fs, dir, storedSeq, quarantine, counters, log })
  await manifests.open(storedSeq ?? 0)
  await small.ensureReserve()

  const segments = new Segments(fs, dir, limits, log, counters, found)
  const reader = new Reader(segments, quarantine, counters, log)
  const pending = new Pending(segments, reader, holes)
  const waiters = new Waiters()
  let state: 'open' | 'failed' | 'closed' = 'open'
  let durableSeq = Math.max(found.at(-1)?.lastSeq ?? 0, storedSeq ?? 0)

  const fail = (error: SpoolError) => {
    if (state !== 'open') return
    state = 'failed'
    appender.fail(error)
    log.error({ code: error.code }, error.message)
    options.onFailure?.(error)
  }
  const appender = new Appender({
    segments,
    counters,
    log,
    // A seq that anybody may have seen is never given to another frame, even if its frame is gone.
    nextSeq: Math.max(durableSeq, manifests.lastSeq) + 1,
    maxFrameBytes,
    maxQueuedBytes,
    onDurable: (group) => {
      durableSeq = group.lastSeq
      pending.appended(group)
      waiters.wake(durableSeq)
    },
    onFailure: fail,
  })

  /** Runs one after the other; a broken disk ends the spool. */
  let last: Promise<unknown> = Promise.resolve()
  const serially = <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    if (state === 'closed') return Promise.reject(new SpoolError('spool_closed', 'it was closed'))
    const result = last.then(work).catch((error: unknown) => {
      // A mistake of the caller, not of the disk.
      if (errorCode(error) === undefined) throw error
      const failure = toSpoolError(error, doing)
      if (failure.code === 'spool_io') fail(failure)
      throw failure
    })
    // Whoever asked gets the error; the next in line only waits.
    last = result.catch(() => undefined)
    return result
  }
  const release = () => segments.release(now(), retainMs, retainBytes)
  const stored = async (checkpoint: Checkpoint | undefined) => {
    segments.storedSeq = checkpoint?.durable_seq ?? 0
    await pending.moveTo(segments.storedSeq, () => durableSeq)
    await release()
  }
  await stored(checkpoints.current)
  try {
    await segments.roll(appender.nextSeq, 0)
  } catch (error) {
    const failure = toSpoolError(error, 'making a segment')
    if (failure.code === 'spool_io') throw failure
    log.warn({ code: failure.code }, `${failure.message}; appends are refused until then`)
  }

  return {
    warnings: await unreliableFileSystem(fs, dir),
    get durableSeq() {
      return durableSeq
    },
    append: async (payload, meta) => appender.append(payload, meta.recvMs, meta.type),
    async read(afterSeq, readLimits) {
      const through = durableSeq
      const frames = await reader.read(afterSeq, through, readLimits).catch((error: unknown) => {
        throw errorCode(error) === undefined ? error : toSpoolError(error, 'reading')
      })
      if (frames.length === 0) waiters.nothingIn(afterSeq, through)
      return frames
    },
    waitFor: (afterSeq, signal) => waiters.wait(afterSeq, durableSeq, signal),
    replay: (fromSeq) => reader.replay(fromSeq, durableSeq),
    checkpoint: () => checkpoints.current,
    saveCheckpoint: (checkpoint) =>
      serially('saving the checkpoint', async () => {
        const { durable_seq } = checkpoint
        if (!Number.isInteger(durable_seq) || durable_seq < 0 || durable_seq >= appender.nextSeq) {
          throw new RangeError(`durable_seq ${durable_seq} is not between 0 and ${appender.nextSeq - 1}`)
        }
        await checkpoints.save(checkpoint)
        await stored(checkpoint)
        await small.ensureReserve()
      }),
    manifests: () => manifests.list(),
    saveManifest: (manifest) => serially('saving a manifest', () => manifests.save(manifest)),
    removeManifest: (batchId) => serially('removing a manifest', () => manifests.remove(batchId, segments.storedSeq)),
    release: () => serially('removing segments', release),
    level: async () => level(segments, pending.heldBytes, await fs.statfs(dir), limits),
    stats: () => ({
      ...structuredClone(counters),
      state,
      segments: segments.list.length,
      fileBytes: segments.fileBytes,
      retainedBytes: segments.retainedBytes,
      pendingFrames: pending.frames(durableSeq),
      pendingBytes: pending.bytes,
      oldestPendingRecvMs: pending.oldestRecvMs,
      queuedBytes: appender.queuedBytes,
      durableSeq,
      manifests: manifests.list().length,
    }),
    async close() {
      if (state === 'closed') return
      await appender.close()
      state = 'closed'
      waiters.close()
      await last
      try {
        await segments.close()
        await unlock()
      } catch (error) {
        // A lock that stays is recognised as stale at the next start.
        log.warn({ error: String(error) }, 'spool: could not let go of a file')
      }
    },
  }
}

function newCounters(): Counters {
  return {
    syncedFrames: 0,
    syncedBytes: 0,
    fsyncs: 0,
    refused: { spool_full: 0, spool_busy: 0, spool_unavailable: 0, spool_io: 0, frame_too_large: 0 },
    releasedSegments: 0,
    tornTails: 0,
    quarantined: 0,
    gaps: 0,
    missingFrames: 0,
    checkpointFallbacks: 0,
  }
}
