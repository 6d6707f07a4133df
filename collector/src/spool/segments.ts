import { join } from 'node:path'
import { encodeHeader, FORMAT_VERSION, FORMATS, HEADER_BYTES, type SegmentFormat, segmentName } from './format.ts'
import { type Fs, type FsFile, unlinkIfThere, writeFully, writeZeros } from './fs.ts'
import { errorCode, isFull, SpoolError } from './spool-error.ts'
import type { Counters, SpoolLog } from './types.ts'

/** What is known of one segment without reading it. Offsets and sizes in bytes. */
export type Segment = {
  firstSeq: number
  /** The last seq in it; of a segment that was not read, the one before its successor. */
  lastSeq: number
  format: SegmentFormat
  fileBytes: number
  /** Where the durable frames end. */
  usedBytes: number
  /** Some frames' offsets, ascending, so that a read need not start at the front. */
  marks: { seq: number; offset: number }[]
  /** When the checkpoint had passed it, as far as this process knows: it counts as retained from then on. */
  storedAtMs: number | undefined
  /** Open for appending: only in the process that made it. */
  file: FsFile | undefined
  readers: number
}

export type SegmentLimits = { segmentBytes: number; maxBytes: number; reserveBytes: number }

/**
 * The segment files of one directory, oldest first. Makes them (zero-filled, durable with their name before the first
 * frame), prepares the next one ahead, and removes those the checkpoint has passed, when told to or when room is needed.
 * Only the process that made a segment appends to it: after a restart a new one is begun.
 */
export class Segments {
  readonly list: Segment[]
  /** Everything up to here is in the database and the checkpoint that says so is durable. */
  storedSeq = 0
  #active: Segment | undefined
  #ahead: Promise<FsFile | undefined> | undefined
  #aheadBytes = 0
  readonly #fs: Fs
  readonly #dir: string
  readonly #limits: SegmentLimits
  readonly #log: SpoolLog
  readonly #counters: Counters

  constructor(fs: Fs, dir: string, limits: SegmentLimits, log: SpoolLog, counters: Counters, found: Segment[]) {
    this.list = found
    this.#fs = fs
    this.#dir = dir
    this.#limits = limits
    this.#log = log
    this.#counters = counters
  }

  get active(): Segment | undefined {
    return this.#active
  }

  /** What the files take on disk, blank space included. */
  get fileBytes(): number {
    return this.list.reduce((sum, segment) => sum + segment.fileBytes, this.#aheadBytes)
  }

  /** Space that is on disk already and still blank. */
  get blankBytes(): number {
    return this.#aheadBytes + (this.#active ? this.#active.fileBytes - this.#active.usedBytes : 0)
  }

  /** What could be removed at once: segments the checkpoint has passed. */
  get retainedBytes(): number {
    return this.list.slice(0, this.#retained()).reduce((sum, segment) => sum + segment.fileBytes, 0)
  }

  /** Number of files, for the inode figures. */
  get files(): number {
    return this.list.length + (this.#aheadBytes > 0 ? 1 : 0)
  }

  path(segment: Segment): string {
    return join(this.#dir, segmentName(segment.firstSeq))
  }

  /** Index of the segment that holds `seq`, or the first one behind it; `list.length` when there is none. */
  indexOf(seq: number): number {
    let low = 0
    let high = this.list.length
    while (low < high) {
      const middle = (low + high) >> 1
      const segment = this.list[middle]
      if (segment !== undefined && segment.lastSeq < seq) low = middle + 1
      else high = middle
    }
    return low
  }

  /**
   * Ends the active segment and begins one named `firstSeq` with room for a frame of `frameBytes`. When it resolves,
   * file and name are durable. Throws `spool_full` when quota and disk have no room even without the retained segments.
   */
  async roll(firstSeq: number, frameBytes: number): Promise<Segment> {
    await this.endActive()
    const bytes = Math.max(this.#limits.segmentBytes, HEADER_BYTES + frameBytes)
    const ordinary = bytes === this.#limits.segmentBytes
    const prepared = ordinary ? await this.#takeAhead() : undefined
    const name = ordinary ? AHEAD : LARGE
    const file = prepared ?? (await this.#createWithRoom(name, bytes))
    const segment = newSegment(firstSeq, bytes, file)
    try {
      await writeFully(file, encodeHeader(firstSeq), 0)
      await file.datasync()
      // Replaces a segment of this name that never got a durable frame.
      await this.#fs.rename(join(this.#dir, name), this.path(segment))
      await this.#fs.syncDir(this.#dir)
    } catch (error) {
      await this.#discard(file, name)
      throw error
    }
    if (this.list.at(-1)?.firstSeq === firstSeq) this.list.pop()
    this.list.push(segment)
    this.#active = segment
    return segment
  }

  /** Begins to make the next segment when half of the active one is used; never takes room from the retained ones. */
  prepareAhead(): void {
    const active = this.#active
    if (this.#ahead || !active || active.usedBytes * 2 < active.fileBytes) return
    const bytes = this.#limits.segmentBytes
    if (this.fileBytes + bytes > this.#limits.maxBytes) return
    this.#aheadBytes = bytes
    this.#ahead = this.#hasDiskRoom(bytes)
      .then((room) => (room ? this.#create(AHEAD, bytes) : undefined))
      .catch((error: unknown) => {
        // Nothing was promised yet: the same trouble, if it lasts, comes back when the segment is needed.
        this.#log.warn({ code: errorCode(error) }, 'spool: could not prepare the next segment ahead')
        return undefined
      })
      .then((file) => {
        if (file === undefined) this.#aheadBytes = 0
        return file
      })
  }

  /** No more appends to the active segment; what is durable in it stays readable. */
  async endActive(): Promise<void> {
    const segment = this.#active
    this.#active = undefined
    if (segment && segment.readers === 0) await closeFile(segment)
  }

  /** The file open for reading, to be given back; undefined when it is gone from the directory. */
  async borrow(segment: Segment): Promise<{ file: FsFile; giveBack: () => Promise<void> } | undefined> {
    if (segment.file !== undefined) {
      segment.readers++
      const giveBack = async () => {
        segment.readers--
        if (segment.readers === 0 && segment !== this.#active) await closeFile(segment)
      }
      return { file: segment.file, giveBack }
    }
    try {
      const file = await this.#fs.open(this.path(segment), 'read')
      return { file, giveBack: () => file.close() }
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined
      throw error
    }
  }

  /** Notes what the checkpoint has passed and removes what is retained longer or larger than wanted. */
  async release(nowMs: number, retainMs: number, retainBytes: number): Promise<void> {
    for (const segment of this.list.slice(0, this.#retained())) segment.storedAtMs ??= nowMs
    for (;;) {
      const oldest = this.list[0]
      const age = nowMs - (oldest?.storedAtMs ?? nowMs)
      if (age <= retainMs && this.retainedBytes <= retainBytes) return
      if (!(await this.removeOldest())) return
    }
  }

  /** Removes the oldest segment if the checkpoint has passed it. */
  async removeOldest(): Promise<boolean> {
    const oldest = this.list[0]
    if (oldest === undefined || this.#retained() === 0) return false
    this.list.shift()
    try {
      await this.#fs.unlink(this.path(oldest))
      this.#counters.releasedSegments++
    } catch (error) {
      // It is found again at the next start, as retained; meanwhile it is only not counted.
      this.#log.warn({ code: errorCode(error), segment: oldest.firstSeq }, 'spool: could not remove a stored segment')
    }
    return true
  }

  async close(): Promise<void> {
    await this.endActive()
    const ahead = await this.#takeAhead()
    if (ahead) await this.#discard(ahead, AHEAD)
  }

  #retained(): number {
    const count = this.list.findIndex((segment) => segment === this.#active || segment.lastSeq > this.storedSeq)
    return count === -1 ? this.list.length : count
  }

  async #takeAhead(): Promise<FsFile | undefined> {
    const file = await this.#ahead
    this.#ahead = undefined
    this.#aheadBytes = 0
    return file
  }

  async #createWithRoom(name: string, bytes: number): Promise<FsFile> {
    while (this.fileBytes + bytes > this.#limits.maxBytes) {
      if (await this.removeOldest()) continue
      const mib = (this.#limits.maxBytes / 1024 ** 2).toFixed(0)
      throw new SpoolError('spool_full', `the quota of ${mib} MiB is used up; raise it or check the database`)
    }
    for (;;) {
      try {
        if (await this.#hasDiskRoom(bytes)) return await this.#create(name, bytes)
      } catch (error) {
        if (!isFull(error)) throw error
      }
      if (await this.removeOldest()) continue
      throw new SpoolError('spool_full', 'the disk has no room for another segment; free space or inodes')
    }
  }

  async #hasDiskRoom(bytes: number): Promise<boolean> {
    const space = await this.#fs.statfs(this.#dir)
    // Some file systems have no fixed number of inodes and say 0 of 0.
    const inodes = space.totalInodes === 0 || space.freeInodes >= FREE_INODES_MIN
    return inodes && space.freeBytes >= bytes + this.#limits.reserveBytes
  }

  async #create(name: string, bytes: number): Promise<FsFile> {
    await unlinkIfThere(this.#fs, join(this.#dir, name))
    const file = await this.#fs.open(join(this.#dir, name), 'create')
    try {
      await writeZeros(file, bytes)
      await file.datasync()
      return file
    } catch (error) {
      await this.#discard(file, name)
      throw error
    }
  }

  async #discard(file: FsFile, name: string): Promise<void> {
    try {
      await file.close()
      await unlinkIfThere(this.#fs, join(this.#dir, name))
    } catch (error) {
      this.#log.warn({ code: errorCode(error), name }, 'spool: could not remove an unused file')
    }
  }
}

/** Names end in `.tmp`: what a crash leaves of them is removed at the next start. */
const AHEAD = 'ahead.tmp'
const LARGE = 'large.tmp'
/** Checkpoint, manifest and their temporary files must still find an inode. */
const FREE_INODES_MIN = 4

function newSegment(firstSeq: number, fileBytes: number, file: FsFile): Segment {
  const format = FORMATS.get(FORMAT_VERSION)
  if (format === undefined) throw new Error('spool: the current format is not in FORMATS')
  const marks: Segment['marks'] = []
  const lastSeq = firstSeq - 1
  return {
    firstSeq,
    lastSeq,
    format,
    fileBytes,
    usedBytes: HEADER_BYTES,
    marks,
    storedAtMs: undefined,
    file,
    readers: 0,
  }
}

async function closeFile(segment: Segment): Promise<void> {
  const file = segment.file
  segment.file = undefined
  // All that was promised of it has been synced: an error of close takes nothing back.
  await file?.close().catch(() => undefined)
}
