import type { Frame, Manifest, Spool } from '../spool/index.ts'
import { delayMs } from './backoff.ts'
import { type Batch, batchHash, batchId, cutBatch, type Decisions, eventIdsOf } from './batch.ts'
import { codeOf, failureKind } from './failure.ts'
import { findPoison } from './poison.ts'
import type { Sink } from './sink.ts'

export interface WriterOptions {
  spool: Spool
  sink: Sink
  bootId: string
  flushIntervalMs: number
  /** Frames and bytes of one batch: bound memory and the time an insert takes. */
  batchFramesMax: number
  batchBytesMax: number
  now: () => number
  random: () => number
  log: WriterLog
}

export interface WriterLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface WriterStats {
  batches: number
  events: number
  duplicates: number
  poison: number
  failures: number
  /** Batches whose outcome had to be looked up. */
  reconciled: number
  /** Everything up to this seq is stored. */
  storedSeq: number
  /** Failures since the last success; 0 while it goes well. */
  failing: number
}

export interface Writer {
  /** Resolves when everything that was in the spool at the time of the call is stored, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<boolean>
  stats(): WriterStats
  /** Runs a function between two batches: meanwhile nothing is stored, and events wait in the spool. */
  hold<T>(run: () => Promise<T>): Promise<T>
  /** Ends after the attempt under way. What is not stored stays in the spool. */
  close(): Promise<void>
}

/** What a batch's manifest says beside its place. `epoch` goes up when a token must not be trusted any more: another engine process, other rows. */
type ManifestState = { incarnation: string; epoch: number } & Decisions

/**
 * Moves frames from the spool into ClickHouse, exactly once. A batch is fixed in a manifest before it is sent; while the
 * engine's process lives, it is repeated under the same tokens until it is acknowledged; after another process has taken over,
 * tokens prove nothing, and each table is asked how many rows of the batch it has. `event_stream` feeds only states that do
 * not change by repetition, so it is simply sent again.
 */
export function createWriter(options: WriterOptions): Writer {
  const { spool, sink, now, log } = options
  let turn: Promise<unknown> = Promise.resolve()
  let collectorNumber = newCollectorNumber(options.random)
  const stats: WriterStats = {
    batches: 0,
    events: 0,
    duplicates: 0,
    poison: 0,
    failures: 0,
    reconciled: 0,
    storedSeq: 0,
    failing: 0,
  }
  const stop = new AbortController()
  const running = run().catch((error: unknown) => {
    if (!stop.signal.aborted) log.error({ err: error }, 'writer: stopped by a fault; restart the collector')
  })

  return {
    async drain(timeoutMs) {
      const target = spool.durableSeq
      const deadline = now() + timeoutMs
      while (stats.storedSeq < target && now() < deadline) await pause(20)
      return stats.storedSeq >= target
    },
    stats: () => ({ ...stats }),
    hold: inTurn,
    async close() {
      stop.abort()
      await running
    },
  }

  async function run(): Promise<void> {
    await untilDone(async () => {
      stats.storedSeq = await startingSeq()
    })
    for (const manifest of spool.manifests()) {
      // Of another database's batches nothing is here: their frames go out again below, in batches of their own.
      if (manifest.first_seq === stats.storedSeq + 1) await finish(manifest)
    }
    let nextFlush = 0
    while (!stop.signal.aborted) {
      try {
        await spool.waitFor(stats.storedSeq, stop.signal)
      } catch (error) {
        if (stop.signal.aborted) return
        throw error
      }
      // The first event after a pause goes at once; a stream of them goes in batches an interval apart.
      await pause(nextFlush - now())
      nextFlush = now() + options.flushIntervalMs
      const frames = await spool.read(stats.storedSeq, {
        maxFrames: options.batchFramesMax,
        maxBytes: options.batchBytesMax,
      })
      if (frames.length > 0) await inTurn(() => begin(frames))
    }
  }

  /** One at a time: a batch, or whoever holds the writer. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = turn.then(run)
    turn = result.catch(() => {
      // Told to who asked; the next one's turn comes all the same.
    })
    return result
  }

  /** Where to go on. Another database than the checkpoint's has seen nothing: everything still kept is sent again, and known ids are recognised. */
  async function startingSeq(): Promise<number> {
    const checkpoint = spool.checkpoint()
    if (!checkpoint) return 0
    const databaseId = await sink.databaseId()
    if (checkpoint.engine_id !== databaseId) {
      log.warn(
        { checkpoint: checkpoint.durable_seq },
        'writer: this is another database than the last one; sending again all that is kept',
      )
      return 0
    }
    collectorNumber = (checkpoint.state as CheckpointState | undefined)?.collector_number ?? collectorNumber
    return checkpoint.durable_seq
  }

  async function begin(frames: readonly Frame[]): Promise<void> {
    const id = batchId(collectorNumber, (frames[0] as Frame).seq)
    let manifest: Manifest | undefined
    await untilDone(async () => {
      const incarnation = await sink.incarnation()
      const known = Object.fromEntries(await sink.knownIds(eventIdsOf(frames), id))
      manifest = manifestOf(cutBatch(id, frames, { known, poison: {} }), { incarnation, epoch: 0, known, poison: {} })
      await spool.saveManifest(manifest)
    })
    if (manifest) await store(manifest, frames)
  }

  /** A batch that an earlier process began: the same frames, the same decisions, the same rows. */
  async function finish(manifest: Manifest): Promise<void> {
    stats.reconciled += 1
    const frames: Frame[] = []
    for await (const frame of spool.replay(manifest.first_seq)) {
      if (frame.seq > manifest.last_seq) break
      frames.push({ ...frame, payload: Uint8Array.from(frame.payload) })
    }
    if (frames.length > 0) await store(manifest, frames)
    else
      log.error(
        { first: manifest.first_seq, last: manifest.last_seq },
        'writer: the frames of a batch in doubt are gone from the spool',
      )
  }

  async function store(first: Manifest, frames: readonly Frame[]): Promise<void> {
    let manifest = first
    await untilDone(
      async () => {
        const state = manifest.state as ManifestState
        const incarnation = await sink.incarnation()
        if (incarnation !== state.incarnation) {
          manifest = manifestOf(cutBatch(manifest.batch_id, frames, state), {
            ...state,
            incarnation,
            epoch: state.epoch + 1,
          })
          await spool.saveManifest(manifest)
          stats.reconciled += 1
        }
        const batch = cutBatch(manifest.batch_id, frames, state)
        await insertAll(batch, manifest.state as ManifestState)
        await complete(batch)
      },
      async (error) => {
        if (failureKind(error) !== 'data') return
        manifest = await withoutPoison(manifest, frames)
      },
    )
  }

  async function insertAll(batch: Batch, { epoch }: ManifestState): Promise<void> {
    const { event_stream, ...tables } = Object.fromEntries(batch.tables)
    await Promise.all(
      Object.entries(tables).map(async ([table, rows]) => {
        if (epoch > 0) {
          const stored = await sink.countRows(table, batch.id)
          if (stored === rows.length) return
          if (stored > 0) await sink.deleteRows(table, batch.id)
        }
        await sink.insert(table, rows, `${batch.id}-${table}-${epoch}`)
      }),
    )
    // Last: what the views count is then in its table.
    if (event_stream) await sink.insert('event_stream', event_stream, `${batch.id}-event_stream-${epoch}`)
  }

  async function complete(batch: Batch): Promise<void> {
    await sink.sync()
    const state: CheckpointState = { collector_number: collectorNumber }
    await spool.saveCheckpoint({
      durable_seq: batch.lastSeq,
      boot_id: options.bootId,
      engine_id: await sink.databaseId(),
      state,
    })
    for (const { batch_id, last_seq } of spool.manifests())
      if (last_seq <= batch.lastSeq) await spool.removeManifest(batch_id)
    stats.storedSeq = batch.lastSeq
    stats.batches += 1
    stats.events += batch.events
    stats.duplicates += batch.duplicates
    stats.poison += batch.refused
  }

  /** Other rows need other tokens: a known token would drop them. */
  async function withoutPoison(manifest: Manifest, frames: readonly Frame[]): Promise<Manifest> {
    const state = manifest.state as ManifestState
    const found = await findPoison(cutBatch(manifest.batch_id, frames, state), sink.probe)
    if (Object.keys(found).length === 0) return manifest
    const poison = { ...state.poison, ...found }
    log.error(
      { batch: manifest.batch_id, events: Object.keys(found).length },
      'writer: ClickHouse refuses these events; they go to rejected_events',
    )
    const cleaned = manifestOf(cutBatch(manifest.batch_id, frames, { known: state.known, poison }), {
      ...state,
      poison,
      epoch: state.epoch + 1,
    })
    await spool.saveManifest(cleaned)
    return cleaned
  }

  /** Repeats until it succeeds or the writer is closed; says once that it fails and once that it goes on. */
  async function untilDone(attempt: () => Promise<void>, onFailure?: (error: unknown) => Promise<void>): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await attempt()
        if (stats.failing > 0) log.info({ failures: stats.failing }, 'writer: storing again')
        stats.failing = 0
        return
      } catch (error) {
        stats.failures += 1
        stats.failing += 1
        if (stats.failing === 1)
          log.warn({ err: error, code: codeOf(error) }, 'writer: ClickHouse does not store; events wait in the spool')
        await onFailure?.(error).catch(() => {
          // The probe met the same outage; the next attempt finds out.
        })
        await pause(delayMs(stats.failing, options.random()))
      }
    }
  }

  function pause(milliseconds: number): Promise<void> {
    if (milliseconds <= 0 || stop.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        stop.signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      stop.signal.addEventListener('abort', done)
    })
  }
}

type CheckpointState = { collector_number: number }

/** 1 to 2^24 - 1: with the seqs' 40 bits it fills a UInt64. A new database gets a new one, so that its batches have new ids. */
function newCollectorNumber(random: () => number): number {
  return 1 + Math.floor(random() * (2 ** 24 - 1))
}

function manifestOf(batch: Batch, state: ManifestState): Manifest {
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
