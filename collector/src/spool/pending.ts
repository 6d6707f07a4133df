import type { Reader } from './reader.ts'
import type { Hole } from './recover.ts'
import type { Segment, Segments } from './segments.ts'

/** Keeps account of what the checkpoint has not passed yet, exactly, without reading it all. */
export class Pending {
  #storedSeq = 0
  #first: { segment: Segment; offset: number; recvMs: number } | undefined
  readonly #segments: Segments
  readonly #reader: Reader
  readonly #holes: Hole[]

  constructor(segments: Segments, reader: Reader, holes: Hole[]) {
    this.#segments = segments
    this.#reader = reader
    this.#holes = holes
  }

  /** When the oldest pending frame was received; undefined when nothing is pending. */
  get oldestRecvMs(): number | undefined {
    return this.#first?.recvMs
  }

  /** Bytes of pending frames, with their headers. */
  get bytes(): number {
    const first = this.#first
    if (first === undefined) return 0
    const index = this.#segments.list.indexOf(first.segment)
    const later = index === -1 ? [] : this.#segments.list.slice(index + 1)
    return later.reduce(
      (sum, { usedBytes, format }) => sum + usedBytes - format.headerBytes,
      first.segment.usedBytes - first.offset,
    )
  }

  /** What cannot be given back to the quota yet: as `bytes`, with the unused ends of full segments. */
  get heldBytes(): number {
    const first = this.#first
    if (first === undefined) return 0
    const index = this.#segments.list.indexOf(first.segment)
    const held = index === -1 ? [] : this.#segments.list.slice(index)
    const size = (segment: Segment) => (segment === this.#segments.active ? segment.usedBytes : segment.fileBytes)
    return held.reduce((sum, segment) => sum + size(segment), -first.offset)
  }

  frames(durableSeq: number): number {
    let missing = 0
    for (const { from, to } of this.#holes) missing += Math.max(0, to - Math.max(from, this.#storedSeq + 1) + 1)
    return Math.max(0, durableSeq - this.#storedSeq - missing)
  }

  appended(group: { segment: Segment; offset: number; recvMs: number }): void {
    this.#first ??= group
  }

  /** Everything up to `storedSeq` is stored. */
  async moveTo(storedSeq: number, durableSeq: () => number): Promise<void> {
    let through: number
    do {
      through = durableSeq()
      const found = await this.#reader.locate(storedSeq, through)
      this.#storedSeq = storedSeq
      this.#first = found && { segment: found.segment, offset: found.offset, recvMs: found.frame.recvMs }
      // Frames that became durable while the disk was read may be the first ones pending.
    } while (this.#first === undefined && through < durableSeq())
  }
}
