import type { Frame, Manifest, Spool } from '../spool/index.ts'
import { delayMs } from './backoff.ts'
import { type Batch, batchId, cutBatch, eventIdsOf, type Refused } from './batch.ts'
import { codeOf, failureKind, reasonOf } from './failure.ts'
import { insertBatch, lookUp, nothingFound } from './insert.ts'
import { type ManifestState, manifestOf, newProcessNumber, stateOf } from './manifest.ts'
import { findPoison, TableMismatch } from './poison.ts'
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

/**
 * Moves frames from the spool into ClickHouse, exactly once. A batch is fixed in a manifest before it is sent; while the
 * engine's process lives, it is repeated under the same tokens until it is acknowledged; after another process has taken over,
 * tokens prove nothing, and each table is asked how many rows of the batch it has. `event_stream` feeds only states that do
 * not change by repetition, so it is simply sent again.
 */
export function createWriter(options: WriterOptions): Writer {
  const { spool, sink, now, log } = options
  let turn: Promise<unknown> = Promise.resolve()
  // Another one in each process: a batch that is cut anew, because what was known of it is lost, must not look like the old one.
  const processNumber = newProcessNumber(options.random)
  /** Identity of the database, as it was when the writer started. */
  let database = ''
  /** The last complaint about a table, so that it is made once. */
  let mismatch = ''
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
      while (stats.storedSeq < target && now() < deadline && !stop.signal.aborted) await pause(20)
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
      database = await sink.databaseId()
      stats.storedSeq = startingSeq()
    })
    for (const manifest of spool.manifests()) {
      // Of another database's batches nothing is here: their frames go out again below, in batches of their own. One of this database
      // proves that it had everything before it, whatever the checkpoint has forgotten.
      const isOurs = stateOf(manifest).database === database
      if (isOurs && manifest.first_seq > stats.storedSeq) await inTurn(() => finish(manifest))
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
      let frames: readonly Frame[] = []
      await untilDone(async () => {
        frames = await spool.read(stats.storedSeq, {
          maxFrames: options.batchFramesMax,
          maxBytes: options.batchBytesMax,
        })
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
  function startingSeq(): number {
    const checkpoint = spool.checkpoint()
    if (!checkpoint || checkpoint.engine_id === database) return checkpoint?.durable_seq ?? 0
    log.warn(
      { checkpoint: checkpoint.durable_seq },
      'writer: this is another database than the last one; sending again all that is kept',
    )
    return 0
  }

  async function begin(frames: readonly Frame[]): Promise<void> {
    const id = batchId(processNumber, (frames[0] as Frame).seq)
    let manifest: Manifest | undefined
    await untilDone(async () => {
      const incarnation = await sink.incarnation()
      const known = Object.fromEntries(await sink.knownIds(eventIdsOf(frames), id))
      manifest = await save(id, frames, { database, incarnation, epoch: 0, known, poison: {} })
    })
    if (manifest) await store(manifest, frames, false)
  }

  /** A batch that an earlier process began: the same frames, the same decisions, the same rows. */
  async function finish(manifest: Manifest): Promise<void> {
    stats.reconciled += 1
    let frames: Frame[] = []
    await untilDone(async () => {
      frames = []
      for await (const frame of spool.replay(manifest.first_seq)) {
        if (frame.seq > manifest.last_seq) break
        frames.push({ ...frame, payload: Uint8Array.from(frame.payload) })
      }
    })
    if (frames.length > 0) await store(manifest, frames, true)
    else if (!stop.signal.aborted)
      log.error(
        { first: manifest.first_seq, last: manifest.last_seq },
        'writer: the frames of a batch in doubt are gone from the spool',
      )
  }

  /** @param isInDoubt an earlier process may have stored it, so long ago that its tokens are forgotten */
  async function store(first: Manifest, frames: readonly Frame[], isInDoubt: boolean): Promise<void> {
    let manifest = first
    const anew = async (changes: Partial<ManifestState>) => {
      const state = stateOf(manifest)
      manifest = await save(manifest.batch_id, frames, { ...state, epoch: state.epoch + 1, ...changes })
    }
    const cut = () => cutBatch(manifest.batch_id, frames, stateOf(manifest))
    await untilDone(
      async () => {
        const incarnation = await sink.incarnation()
        if (incarnation !== stateOf(manifest).incarnation) {
          await anew({ incarnation })
          stats.reconciled += 1
        }
        const batch = cut()
        const { epoch } = stateOf(manifest)
        const uncut = cutBatch(manifest.batch_id, frames, { ...stateOf(manifest), poison: {} })
        const found = isInDoubt || epoch > 0 ? await lookUp(sink, batch, uncut) : nothingFound
        if (epoch > 0 && found.wrong.length > 0) {
          // Tokens of rows that are deleted are still known: under them nothing would be stored again.
          await anew({})
          for (const table of found.wrong) await sink.deleteRows(table, batch.id)
        }
        await insertBatch(sink, batch, stateOf(manifest).epoch, found.complete)
        await passCheckpoint(batch)
      },
      async (error) => {
        if (failureKind(error) !== 'data') return
        const poison = await poisonOf(cut())
        // Other rows need other tokens: a known token would drop them.
        if (Object.keys(poison).length > 0) await anew({ poison: { ...stateOf(manifest).poison, ...poison } })
      },
    )
  }

  async function passCheckpoint(batch: Batch): Promise<void> {
    await sink.sync()
    await spool.saveCheckpoint({ durable_seq: batch.lastSeq, boot_id: options.bootId, engine_id: database })
    for (const { batch_id, last_seq } of spool.manifests())
      if (last_seq <= batch.lastSeq) await spool.removeManifest(batch_id)
    mismatch = ''
    stats.storedSeq = batch.lastSeq
    stats.batches += 1
    stats.events += batch.events
    stats.duplicates += batch.duplicates
    stats.poison += batch.refused
  }

  async function save(id: string, frames: readonly Frame[], state: ManifestState): Promise<Manifest> {
    const manifest = manifestOf(cutBatch(id, frames, state), state)
    await spool.saveManifest(manifest)
    return manifest
  }

  /** The rows that are to be set aside; none while it is the table that is wrong. */
  async function poisonOf(batch: Batch): Promise<Record<string, Refused>> {
    try {
      const poison = await findPoison(batch, sink.probe)
      const [first] = Object.values(poison)
      if (first)
        log.error(
          { batch: batch.id, rows: Object.keys(poison).length, ...first },
          'writer: ClickHouse refuses these rows; they go to rejected_events',
        )
      return poison
    } catch (error) {
      if (!(error instanceof TableMismatch)) throw error
      if (mismatch !== error.message) {
        const { table, refused } = error
        log.error({ table, ...refused }, 'writer: a table is not what is written; events wait; see npm run db:diff')
        mismatch = error.message
      }
      return {}
    }
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
        if (stats.failing === 1) {
          // ClickHouse quotes the row it cannot read.
          const fields = failureKind(error) === 'data' ? reasonOf(error) : { err: error }
          log.warn({ ...fields, code: codeOf(error) }, 'writer: cannot store now; events wait in the spool')
        }
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
