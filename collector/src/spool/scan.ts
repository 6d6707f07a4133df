import { type FoundFrame, FRAME_OVERHEAD_BYTES, peekSeq, type SegmentFormat } from './format.ts'
import { type FsFile, readFully } from './fs.ts'

/** What lies in a segment, in the order of the file. Offsets are those of the file. */
export type ScanItem =
  | ({ kind: 'frame'; offset: number } & FoundFrame)
  /** Bytes that do not verify, with frames behind them that do. */
  | { kind: 'damage'; offset: number; end: number }
  /** Bytes that do not verify and are the last that are not zero. */
  | { kind: 'tail'; offset: number; end: number }

/** Which bytes of which segment to look at; only seqs in `(afterSeq, beforeSeq)` are believed. */
export type ScanRange = {
  firstSeq: number
  format: SegmentFormat
  from: number
  to: number
  afterSeq: number
  beforeSeq: number
}

/**
 * Reads a segment from front to back, holding one chunk (or one frame, if larger) in memory. Yields what one read brought.
 * Where bytes do not verify it looks for the next frame that does, byte by byte.
 */
export async function* scan(file: FsFile, range: ScanRange): AsyncGenerator<ScanItem[]> {
  let chunk: Buffer = Buffer.alloc(0)
  let chunkAt = range.from
  let offset = range.from
  let lastSeq = range.afterSeq
  while (offset < range.to) {
    const items: ScanItem[] = []
    let missing: number | undefined
    for (;;) {
      const place = { firstSeq: range.firstSeq, offset }
      const found = range.format.decode(chunk, offset - chunkAt, place, range.to - offset)
      if (typeof found === 'number') missing = found
      if (typeof found !== 'object' || !isNext(found.frame.seq, lastSeq, range)) break
      items.push({ kind: 'frame', offset, ...found })
      lastSeq = found.frame.seq
      offset = found.end
    }
    if (items.length > 0) yield items
    if (missing !== undefined) {
      const have = chunkAt + chunk.length - offset
      chunk = await readFully(file, offset, Math.min(Math.max(missing, CHUNK_BYTES), range.to - offset))
      chunkAt = offset
      if (chunk.length > have && chunk.length >= missing) continue
    }
    if (offset >= range.to) return
    const next = await findFrame(file, { ...range, from: offset + 1, afterSeq: lastSeq })
    if (next.found === undefined) {
      if (next.dataEnd > offset) yield [{ kind: 'tail', offset, end: next.dataEnd }]
      return
    }
    yield [{ kind: 'damage', offset, end: next.found }]
    offset = next.found
    chunk = Buffer.alloc(0)
    chunkAt = offset
  }
}

const CHUNK_BYTES = 256 * 1024
const ZEROS = Buffer.alloc(CHUNK_BYTES)

function isNext(seq: number, lastSeq: number, range: ScanRange): boolean {
  return seq > lastSeq && seq < range.beforeSeq
}

/** The offset of the next frame that verifies, and behind which byte only zeros follow. */
async function findFrame(file: FsFile, range: ScanRange): Promise<{ found: number | undefined; dataEnd: number }> {
  // One byte earlier: the byte that did not verify counts as data, too.
  let dataEnd = range.from - 1
  // A seq further away than frames could lie in between is a coincidence in the payload.
  const seqMax = Math.min(range.beforeSeq - 1, range.afterSeq + 1 + (range.to - range.from) / FRAME_OVERHEAD_BYTES)
  for (let at = range.from - 1; at < range.to; at += CHUNK_BYTES - FRAME_OVERHEAD_BYTES) {
    const chunk = await readFully(file, at, Math.min(CHUNK_BYTES, range.to - at))
    if (chunk.equals(ZEROS.subarray(0, chunk.length))) continue
    for (let i = at < range.from ? 1 : 0; i + FRAME_OVERHEAD_BYTES <= chunk.length; i++) {
      const seq = peekSeq(chunk, i)
      if (seq <= range.afterSeq || seq > seqMax) continue
      if (await isFrame(file, range, at + i)) return { found: at + i, dataEnd: at + i }
    }
    dataEnd = at + chunk.length
    while (chunk[dataEnd - at - 1] === 0) dataEnd--
  }
  return { found: undefined, dataEnd }
}

async function isFrame(file: FsFile, range: ScanRange, offset: number): Promise<boolean> {
  const place = { firstSeq: range.firstSeq, offset }
  let bytes = await readFully(file, offset, FRAME_OVERHEAD_BYTES)
  let found = range.format.decode(bytes, 0, place, range.to - offset)
  if (typeof found === 'number') {
    bytes = await readFully(file, offset, found)
    found = range.format.decode(bytes, 0, place, range.to - offset)
  }
  return typeof found === 'object'
}
