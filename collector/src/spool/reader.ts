import { type Frame, segmentName } from './format.ts'
import type { Quarantine } from './quarantine.ts'
import { scan } from './scan.ts'
import type { Segment, Segments } from './segments.ts'
import type { Counters, ReadLimits, SpoolLog } from './types.ts'

/** A frame and where its bytes begin. */
export type Located = { segment: Segment; offset: number; frame: Frame }

/** Reads durable frames in the order of their seqs, over segment borders and over damage. */
export class Reader {
  readonly #segments: Segments
  readonly #quarantine: Quarantine
  readonly #counters: Counters
  readonly #log: SpoolLog
  readonly #vanished = new Set<number>()

  constructor(segments: Segments, quarantine: Quarantine, counters: Counters, log: SpoolLog) {
    this.#segments = segments
    this.#quarantine = quarantine
    this.#counters = counters
    this.#log = log
  }

  /** Frames in `(afterSeq, throughSeq]` within the limits; one at least, if there is one. */
  async read(afterSeq: number, throughSeq: number, limits: ReadLimits): Promise<Frame[]> {
    const frames: Frame[] = []
    let bytes = 0
    for await (const found of this.#walk(afterSeq, throughSeq)) {
      for (const { frame } of found) {
        bytes += frame.payload.length
        if (frames.length > 0 && (frames.length >= limits.maxFrames || bytes > limits.maxBytes)) return frames
        frames.push(frame)
      }
      if (frames.length >= limits.maxFrames) return frames
    }
    return frames
  }

  /** The first frame in `(afterSeq, throughSeq]`. */
  async locate(afterSeq: number, throughSeq: number): Promise<Located | undefined> {
    for await (const found of this.#walk(afterSeq, throughSeq)) {
      if (found[0] !== undefined) return found[0]
    }
    return undefined
  }

  async *replay(fromSeq: number, throughSeq: number): AsyncGenerator<Frame> {
    for await (const found of this.#walk(fromSeq - 1, throughSeq)) {
      for (const { frame } of found) yield frame
    }
  }

  async *#walk(afterSeq: number, throughSeq: number): AsyncGenerator<Located[]> {
    let lastSeq = afterSeq
    for (;;) {
      // Looked up anew for each segment: old ones may be removed and new ones begun meanwhile.
      const list = this.#segments.list
      const index = this.#segments.indexOf(lastSeq + 1)
      const segment = list[index]
      if (segment === undefined || segment.firstSeq > throughSeq) return
      // The end as it is now: a segment that is appended to meanwhile is looked at again from there.
      const { lastSeq: segmentLastSeq, usedBytes } = segment
      const borrowed = await this.#segments.borrow(segment)
      if (borrowed === undefined) {
        if (list.includes(segment)) this.#reportVanished(segment)
      } else {
        try {
          const mark = segment.marks.findLast(({ seq }) => seq <= lastSeq + 1)
          const range = {
            firstSeq: segment.firstSeq,
            format: segment.format,
            from: mark?.offset ?? segment.format.headerBytes,
            to: usedBytes,
            afterSeq: (mark?.seq ?? segment.firstSeq) - 1,
            beforeSeq: list[index + 1]?.firstSeq ?? Number.POSITIVE_INFINITY,
          }
          let seen = range.afterSeq
          for await (const items of scan(borrowed.file, range)) {
            const found: Located[] = []
            for (const item of items) {
              if (item.kind === 'frame') {
                seen = item.frame.seq
                if (seen > lastSeq && seen <= throughSeq)
                  found.push({ segment, offset: item.offset, frame: item.frame })
              } else if (item.kind === 'damage' || seen < segmentLastSeq) {
                // Behind the last frame there may be what was written and not accepted; that is no damage.
                await this.#reportDamage(segment, borrowed.file, item)
              }
            }
            lastSeq = found.at(-1)?.frame.seq ?? lastSeq
            if (found.length > 0) yield found
            if (seen >= throughSeq) return
          }
        } finally {
          await borrowed.giveBack()
        }
      }
      lastSeq = Math.max(lastSeq, segmentLastSeq)
    }
  }

  async #reportDamage(
    segment: Segment,
    file: Parameters<Quarantine['keep']>[1],
    bytes: { offset: number; end: number },
  ) {
    const name = segmentName(segment.firstSeq)
    if (!(await this.#quarantine.keep(name, file, bytes.offset, bytes.end))) return
    this.#counters.quarantined++
    this.#log.error(
      { segment: name, ...bytes },
      'spool: bytes do not verify; copied to quarantine, going on behind them',
    )
  }

  #reportVanished(segment: Segment): void {
    if (this.#vanished.has(segment.firstSeq)) return
    this.#vanished.add(segment.firstSeq)
    const missing = segment.lastSeq - segment.firstSeq + 1
    this.#counters.gaps++
    this.#counters.missingFrames += missing
    this.#log.error({ path: this.#segments.path(segment), missing }, 'spool: a segment was removed from the directory')
  }
}
