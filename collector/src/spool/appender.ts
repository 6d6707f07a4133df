import { encodeFrame, FRAME_OVERHEAD_BYTES, GROUP_FRAMES_MAX, RECV_MS_MAX } from './format.ts'
import { writeFully } from './fs.ts'
import type { Segment, Segments } from './segments.ts'
import { errorCode, SpoolError, toSpoolError } from './spool-error.ts'
import type { Counters, SpoolLog } from './types.ts'

type Waiting = {
  payload: Uint8Array
  recvMs: number
  type: number
  resolve: (seq: number) => void
  reject: (error: SpoolError) => void
}

export type AppenderOptions = {
  segments: Segments
  counters: Counters
  log: SpoolLog
  nextSeq: number
  maxFrameBytes: number
  maxQueuedBytes: number
  /** After each fdatasync, before the promises of its frames resolve. */
  onDurable: (group: { segment: Segment; offset: number; firstSeq: number; lastSeq: number; recvMs: number }) => void
  onFailure: (error: SpoolError) => void
}

/**
 * The one writer. What is queued while an fdatasync runs goes into the next one together (group commit), so the disk sets
 * the pace and waiting costs nobody an fdatasync of his own.
 */
export class Appender {
  nextSeq: number
  queuedBytes = 0
  #queue: Waiting[] = []
  #running: Promise<void> | undefined
  #refusal: SpoolError | undefined
  #scratch: Buffer = Buffer.allocUnsafe(64 * 1024)
  readonly #options: AppenderOptions

  constructor(options: AppenderOptions) {
    this.#options = options
    this.nextSeq = options.nextSeq
  }

  append(payload: Uint8Array, recvMs: number, type: number): Promise<number> {
    const bytes = FRAME_OVERHEAD_BYTES + payload.length
    const { maxFrameBytes, maxQueuedBytes } = this.#options
    if (!Number.isInteger(recvMs) || recvMs < 0 || recvMs > RECV_MS_MAX) throw new RangeError(`recvMs ${recvMs}`)
    if (!Number.isInteger(type) || type < 0 || type > 255) throw new RangeError(`type ${type}`)
    if (this.#refusal) return this.#refuse(this.#refusal)
    if (payload.length > maxFrameBytes) {
      const message = `a payload of ${payload.length} bytes is over the limit of ${maxFrameBytes}`
      return this.#refuse(new SpoolError('frame_too_large', message))
    }
    if (this.queuedBytes + bytes > maxQueuedBytes) {
      return this.#refuse(new SpoolError('spool_busy', `${this.queuedBytes} bytes wait for the disk; try again later`))
    }
    this.queuedBytes += bytes
    return new Promise((resolve, reject) => {
      this.#queue.push({ payload, recvMs, type, resolve, reject })
      this.#running ??= this.#drain()
    })
  }

  /** Refuses everything from now on with this error; what is queued is refused, too. */
  fail(error: SpoolError): void {
    this.#refusal ??= error
    this.#rejectAll(this.#queue.splice(0), this.#refusal)
  }

  /** Refuses new appends and resolves when the queued ones are settled. */
  async close(): Promise<void> {
    this.#refusal ??= new SpoolError('spool_closed', 'it was closed')
    await this.#running
  }

  async #drain(): Promise<void> {
    // Everybody who appends in this turn of the event loop belongs to the same group.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      try {
        await this.#commitGroup()
      } catch (error) {
        const failure = toSpoolError(error, 'opening a segment')
        if (failure.code === 'spool_io') this.#options.onFailure(failure)
        this.#rejectAll(this.#queue.splice(0), failure)
      }
    }
    this.#running = undefined
  }

  /** Throws when there is no segment to write to; a group that could not be written is rejected here. */
  async #commitGroup(): Promise<void> {
    const { segments, counters } = this.#options
    const first = this.#queue[0]
    if (first === undefined) return
    const firstBytes = FRAME_OVERHEAD_BYTES + first.payload.length
    let segment = segments.active
    if (segment === undefined || segment.usedBytes + firstBytes > segment.fileBytes) {
      segment = await segments.roll(this.nextSeq, firstBytes)
    }
    const file = segment.file
    if (file === undefined) throw new Error('spool: the active segment is not open')
    const group = this.#takeGroup(segment.fileBytes - segment.usedBytes)
    // The disk failed elsewhere while the segment was made, and the queue was refused.
    if (group.length === 0) return
    const offset = segment.usedBytes
    const firstSeq = this.nextSeq
    const bytes = this.#encode(group, segment.firstSeq, offset)
    try {
      await writeFully(file, bytes, offset)
      await file.datasync()
      counters.fsyncs++
    } catch (error) {
      await this.#giveUp(group, segment, error)
      return
    }
    this.nextSeq = firstSeq + group.length
    segment.usedBytes = offset + bytes.length
    segment.lastSeq = this.nextSeq - 1
    const lastMark = segment.marks.at(-1)
    if (lastMark === undefined || offset - lastMark.offset >= MARK_BYTES) segment.marks.push({ seq: firstSeq, offset })
    counters.syncedFrames += group.length
    counters.syncedBytes += bytes.length
    this.#options.onDurable({ segment, offset, firstSeq, lastSeq: segment.lastSeq, recvMs: first.recvMs })
    for (const [i, waiting] of group.entries()) waiting.resolve(firstSeq + i)
    this.queuedBytes -= bytes.length
    segments.prepareAhead()
  }

  #takeGroup(roomBytes: number): Waiting[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.#queue) {
      const more = FRAME_OVERHEAD_BYTES + waiting.payload.length
      const full = bytes + more > Math.min(roomBytes, GROUP_BYTES_MAX) || count === GROUP_FRAMES_MAX
      // The first frame has a segment that is large enough, whatever its size.
      if (full && count > 0) break
      bytes += more
      count++
    }
    return this.#queue.splice(0, count)
  }

  #encode(group: Waiting[], segmentSeq: number, offset: number): Buffer {
    const bytes = group.reduce((sum, { payload }) => sum + FRAME_OVERHEAD_BYTES + payload.length, 0)
    if (this.#scratch.length < bytes) this.#scratch = Buffer.allocUnsafe(bytes)
    let at = 0
    for (const [back, { payload, recvMs, type }] of group.entries()) {
      const place = { firstSeq: segmentSeq, offset: offset + at }
      at = encodeFrame(this.#scratch, at, place, { seq: this.nextSeq + back, recvMs, type, payload }, back)
    }
    return this.#scratch.subarray(0, bytes)
  }

  /**
   * A group that did not become durable. No room: the segment is cut back to its last durable byte and ended, so that
   * nothing is ever written over a half-written frame; the next append begins a new one. A broken disk: hands off.
   */
  async #giveUp(group: Waiting[], segment: Segment, error: unknown): Promise<void> {
    const { segments, log } = this.#options
    let failure = toSpoolError(error, 'writing')
    if (failure.code !== 'spool_io') {
      log.warn({ code: errorCode(error) }, 'spool: could not write; back to the last durable frame')
      try {
        await segment.file?.truncate(segment.usedBytes)
        segment.fileBytes = segment.usedBytes
      } catch (cutError) {
        // A disk that only refuses is no reason to stop: recovery knows by its seqs that nothing of this was accepted.
        const cut = toSpoolError(cutError, 'cutting a segment')
        if (cut.code === 'spool_io') failure = cut
      }
      await segments.endActive()
    }
    if (failure.code === 'spool_io') this.#options.onFailure(failure)
    this.#rejectAll(group, failure)
  }

  #refuse(error: SpoolError): Promise<never> {
    this.#count(error, 1)
    return Promise.reject(error)
  }

  #rejectAll(group: Waiting[], error: SpoolError): void {
    this.#count(error, group.length)
    for (const waiting of group) {
      this.queuedBytes -= FRAME_OVERHEAD_BYTES + waiting.payload.length
      waiting.reject(error)
    }
  }

  #count(error: SpoolError, frames: number): void {
    const { refused } = this.#options.counters
    if (error.code in refused) refused[error.code as keyof typeof refused] += frames
  }
}

/** One write of this size takes about as long as an fdatasync; more would only make the first of the group wait. */
const GROUP_BYTES_MAX = 4 * 1024 * 1024
/** A read that begins in the middle of a segment reads over this much at most. */
const MARK_BYTES = 64 * 1024
