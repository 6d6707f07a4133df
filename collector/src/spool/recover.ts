import { join } from 'node:path'
import { FORMAT_VERSION, FORMATS, HEADER_BYTES, headerVersion, parseSegmentName, segmentName } from './format.ts'
import { type Fs, type FsFile, readFully, writeFully } from './fs.ts'
import type { Quarantine } from './quarantine.ts'
import { scan } from './scan.ts'
import type { Segment } from './segments.ts'
import { SpoolError } from './spool-error.ts'
import type { Counters, SpoolLog } from './types.ts'

/** A range of seqs, both ends included. */
export type Hole = { from: number; to: number }

/** Reads names and headers only. Throws `spool_format` when a newer version wrote one of them. Oldest first. */
export async function listSegments(fs: Fs, dir: string): Promise<Segment[]> {
  const found: Segment[] = []
  for (const name of await fs.readdir(dir)) {
    const firstSeq = parseSegmentName(name)
    if (firstSeq === undefined) continue
    const file = await fs.open(join(dir, name), 'read')
    try {
      const fileBytes = await file.size()
      // A damaged header says nothing; what follows is then read as this version writes it.
      const version = headerVersion(await readFully(file, 0, HEADER_BYTES)) ?? FORMAT_VERSION
      const format = FORMATS.get(version)
      if (format === undefined) {
        const message = `${join(dir, name)} has format ${version}, this program reads ${[...FORMATS.keys()].join(', ')}; use the version that wrote it`
        throw new SpoolError('spool_format', message)
      }
      const ends = { lastSeq: firstSeq - 1, usedBytes: fileBytes, fileBytes }
      found.push({ firstSeq, ...ends, format, marks: [], storedAtMs: undefined, file: undefined, readers: 0 })
    } finally {
      await file.close()
    }
  }
  return found.sort((a, b) => a.firstSeq - b.firstSeq)
}

export type RecoverOptions = {
  fs: Fs
  dir: string
  /** What the checkpoint has passed; undefined without one. Segments wholly below are not read. */
  storedSeq: number | undefined
  quarantine: Quarantine
  counters: Counters
  log: SpoolLog
}

/**
 * Finds out what is in the segments, completes `segments` with it, and makes it durable. Cuts a torn tail from the last
 * one; keeps a copy of bytes that went bad; counts seqs that are missing. Returns the holes above the checkpoint.
 * Running it again, or being cut short and running again, gives the same answer.
 */
export async function recover(segments: Segment[], options: RecoverOptions): Promise<Hole[]> {
  const holes: Hole[] = []
  let expected = options.storedSeq === undefined ? (segments[0]?.firstSeq ?? 1) : options.storedSeq + 1
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1]
    if (segment.firstSeq > expected) reportHole(holes, { from: expected, to: segment.firstSeq - 1 }, options)
    expected = Math.max(expected, segment.firstSeq)
    if (next !== undefined && next.firstSeq - 1 <= (options.storedSeq ?? 0)) {
      segment.lastSeq = next.firstSeq - 1
      continue
    }
    expected = await recoverSegment(segment, next, expected, holes, options)
  }
  return holes
}

/** Bytes that do not verify, the first seq that may have been in them, and which pending seqs are missing for it. */
type Suspect = { offset: number; end: number; firstSeq: number; hole: Hole }

async function recoverSegment(
  segment: Segment,
  next: Segment | undefined,
  expectedAtStart: number,
  holes: Hole[],
  options: RecoverOptions,
): Promise<number> {
  const file = await options.fs.open(join(options.dir, segmentName(segment.firstSeq)), next ? 'read' : 'update')
  const suspects: Suspect[] = []
  let expected = expectedAtStart
  let group = { firstSeq: 0, offset: segment.format.headerBytes }
  let end = segment.format.headerBytes
  let tail: { offset: number; end: number } | undefined
  let damage: { offset: number; end: number } | undefined
  try {
    if (headerVersion(await readFully(file, 0, HEADER_BYTES)) === undefined) {
      suspects.push({
        offset: 0,
        end: Math.min(HEADER_BYTES, segment.fileBytes),
        firstSeq: 0,
        hole: { from: 0, to: -1 },
      })
    }
    const beforeSeq = next?.firstSeq ?? Number.POSITIVE_INFINITY
    const range = {
      ...segment,
      from: segment.format.headerBytes,
      to: segment.fileBytes,
      afterSeq: segment.firstSeq - 1,
      beforeSeq,
    }
    for await (const items of scan(file, range)) {
      for (const item of items) {
        if (item.kind === 'tail') tail = item
        if (item.kind === 'damage') damage = item
        if (item.kind !== 'frame') continue
        const { seq } = item.frame
        if (damage !== undefined || seq > expected) {
          const bytes = damage ?? { offset: end, end }
          suspects.push({ ...bytes, firstSeq: segment.lastSeq + 1, hole: { from: expected, to: seq - 1 } })
          damage = undefined
        }
        if (item.groupFirstSeq !== group.firstSeq) group = { firstSeq: item.groupFirstSeq, offset: item.offset }
        const lastMark = segment.marks.at(-1)
        if (lastMark === undefined || item.offset - lastMark.offset >= MARK_BYTES)
          segment.marks.push({ seq, offset: item.offset })
        segment.lastSeq = seq
        expected = Math.max(expected, seq + 1)
        end = item.end
      }
    }
    if (next !== undefined && expected < next.firstSeq) {
      const bytes = tail ?? { offset: end, end }
      suspects.push({ ...bytes, firstSeq: expected, hole: { from: expected, to: next.firstSeq - 1 } })
      expected = next.firstSeq
    }
    for (const suspect of suspects) {
      // In the last group of the last segment, nobody knows whether its fdatasync had finished.
      const perhapsAcknowledged = next !== undefined || suspect.firstSeq < group.firstSeq
      await reportSuspect(segment, file, suspect, perhapsAcknowledged, holes, options)
    }
    if (next === undefined) await makeDurable(segment, file, group.offset, end, tail, options)
    segment.usedBytes = end
  } finally {
    await file.close()
  }
  return expected
}

/**
 * What was found may be in the page cache only: killed before the fdatasync, or after one that failed (then the pages
 * are marked clean, and another fdatasync would do nothing). So the last group is written again before it is synced.
 */
async function makeDurable(
  segment: Segment,
  file: FsFile,
  from: number,
  end: number,
  tail: { offset: number; end: number } | undefined,
  { counters, log }: RecoverOptions,
): Promise<void> {
  for (let at = from; at < end; at += REWRITE_BYTES) {
    await writeFully(file, await readFully(file, at, Math.min(REWRITE_BYTES, end - at)), at)
  }
  const name = segmentName(segment.firstSeq)
  if (tail !== undefined) {
    counters.tornTails++
    log.warn(
      { segment: name, ...tail },
      'spool: cut a frame that was being written when the process or the machine stopped',
    )
  }
  if (segment.fileBytes > end) await file.truncate(end)
  await file.datasync()
  segment.fileBytes = end
}

async function reportSuspect(
  segment: Segment,
  file: FsFile,
  suspect: Suspect,
  perhapsAcknowledged: boolean,
  holes: Hole[],
  options: RecoverOptions,
): Promise<void> {
  const { offset, end, hole } = suspect
  const name = segmentName(segment.firstSeq)
  if (end > offset) await options.quarantine.keep(name, file, offset, end)
  if (!perhapsAcknowledged) {
    options.counters.tornTails++
    options.log.warn(
      { segment: name, offset, end },
      'spool: part of the last group was not written when the machine stopped',
    )
    if (hole.to >= hole.from) holes.push(hole)
    return
  }
  if (end > offset) {
    options.counters.quarantined++
    options.log.error(
      { segment: name, offset, end },
      'spool: bytes do not verify; copied to quarantine, going on behind them',
    )
  }
  if (hole.to >= hole.from) reportHole(holes, hole, options)
}

function reportHole(holes: Hole[], hole: Hole, { counters, log }: RecoverOptions): void {
  holes.push(hole)
  counters.gaps++
  counters.missingFrames += hole.to - hole.from + 1
  log.error({ ...hole }, 'spool: accepted frames are missing')
}

const MARK_BYTES = 64 * 1024
const REWRITE_BYTES = 1024 * 1024
