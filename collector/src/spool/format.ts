import { crc32 } from 'node:zlib'

/*
 * The format of a segment, `<first seq as 16 hex digits>.seg`; integers are little-endian.
 *
 *   offset 0    magic "OTSPOOL\0" · version u32 · header bytes u32 · first_seq u64 · zero u32 · crc32 u32   (32 bytes)
 *   offset 32   frame, frame, frame ...
 *   the rest    zeros (a segment is zero-filled when it is made; where `len` is 0 the data ends)
 *
 *   frame       len u32 · crc32 u32 · seq u64 · recv_ms u48 · back u16 · type u8 · payload
 *
 *   len         bytes from `seq` to the end of the payload, so never 0
 *   crc32       over first_seq of the segment, offset of the frame, len, and everything from `seq` on: a frame that is
 *               torn, stale, or in the wrong place does not verify
 *   back        how many frames before this one went into the same fdatasync. Whoever reads a frame therefore knows that
 *               everything before `seq - back` had been synced, and can tell what a power cut left half-written (never
 *               acknowledged) from what went bad later (perhaps acknowledged)
 *
 * The seed comes from the name of the file, so that a damaged header does not cost the frames. The header stays
 * as it is in all versions: that is how an older program recognises a newer file and leaves it alone.
 */

export const FORMAT_VERSION = 1
export const HEADER_BYTES = 32
export const FRAME_OVERHEAD_BYTES = 25
/** `back` is 16 bits wide. */
export const GROUP_FRAMES_MAX = 65_536
/** `recv_ms` is 48 bits wide. */
export const RECV_MS_MAX = 2 ** 48 - 1

/** One accepted request as it was given to `append`; `seq` counts from 1 and never goes back. */
export type Frame = { seq: number; recvMs: number; type: number; payload: Uint8Array }

/** A frame as found: `groupFirstSeq` is the first seq of its fdatasync, `end` the offset in the file behind it. */
export type FoundFrame = { frame: Frame; groupFirstSeq: number; end: number }

/** Where in which file bytes lie; both go into the checksum. */
export type Place = { firstSeq: number; offset: number }

/** How the frames of one version are read. A new version adds an entry to `FORMATS` and keeps the one before. */
export type SegmentFormat = { headerBytes: number; decode: typeof decodeFrame }

/** The versions this program reads. */
export const FORMATS: ReadonlyMap<number, SegmentFormat> = new Map([
  [1, { headerBytes: HEADER_BYTES, decode: decodeFrame }],
])

export const segmentName = (firstSeq: number) => `${firstSeq.toString(16).padStart(16, '0')}.seg`

/** The first seq a file name stands for; undefined for all other files. */
export function parseSegmentName(name: string): number | undefined {
  return /^[0-9a-f]{16}\.seg$/.test(name) ? Number.parseInt(name.slice(0, 16), 16) : undefined
}

export function encodeHeader(firstSeq: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeUInt32LE(FORMAT_VERSION, 8)
  header.writeUInt32LE(HEADER_BYTES, 12)
  header.writeBigUInt64LE(BigInt(firstSeq), 16)
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28)
  return header
}

/** The version a segment says it has: undefined when the header is damaged (its frames still verify one by one). */
export function headerVersion(header: Buffer): number | undefined {
  if (header.length < HEADER_BYTES || !header.subarray(0, 8).equals(MAGIC)) return undefined
  return crc32(header.subarray(0, 28)) === header.readUInt32LE(28) ? header.readUInt32LE(8) : undefined
}

/** Writes one frame into `into` at `at` and returns where the next one goes. */
export function encodeFrame(into: Buffer, at: number, place: Place, frame: Frame, back: number): number {
  const length = FRAME_OVERHEAD_BYTES - 8 + frame.payload.length
  const end = at + 8 + length
  into.writeUInt32LE(length, at)
  writeUInt64(into, frame.seq, at + 8)
  into.writeUIntLE(frame.recvMs, at + 16, 6)
  into.writeUInt16LE(back, at + 22)
  into.writeUInt8(frame.type, at + 24)
  into.set(frame.payload, at + FRAME_OVERHEAD_BYTES)
  into.writeUInt32LE(checksum(place, length, into.subarray(at + 8, end)), at + 4)
  return end
}

/**
 * Reads the frame at `at`. A number means: plausible so far, but that many bytes are needed to tell;
 * undefined: this is no frame. `spaceBytes` is what the file still has from here on.
 */
export function decodeFrame(
  from: Buffer,
  at: number,
  place: Place,
  spaceBytes: number,
): FoundFrame | number | undefined {
  if (spaceBytes < FRAME_OVERHEAD_BYTES) return undefined
  if (from.length - at < FRAME_OVERHEAD_BYTES) return FRAME_OVERHEAD_BYTES
  const length = from.readUInt32LE(at)
  if (length < FRAME_OVERHEAD_BYTES - 8 || length > spaceBytes - 8) return undefined
  const end = at + 8 + length
  if (from.length < end) return 8 + length
  if (checksum(place, length, from.subarray(at + 8, end)) !== from.readUInt32LE(at + 4)) return undefined
  const seq = readUInt64(from, at + 8)
  return {
    frame: {
      seq,
      recvMs: from.readUIntLE(at + 16, 6),
      type: from.readUInt8(at + 24),
      payload: from.subarray(at + FRAME_OVERHEAD_BYTES, end),
    },
    groupFirstSeq: seq - from.readUInt16LE(at + 22),
    end: place.offset + 8 + length,
  }
}

/** The seq a frame at `at` would have; a cheap test before the checksum. Needs 16 bytes. */
export const peekSeq = (from: Buffer, at: number) => readUInt64(from, at + 8)

const MAGIC = Buffer.from('OTSPOOL\0', 'latin1')
const seed = Buffer.alloc(20)

function checksum(place: Place, length: number, body: Buffer): number {
  writeUInt64(seed, place.firstSeq, 0)
  writeUInt64(seed, place.offset, 8)
  seed.writeUInt32LE(length, 16)
  return crc32(body, crc32(seed))
}

// Two halves instead of BigInt: no allocation in the hot path. Seqs stay under 2^53.
function writeUInt64(into: Buffer, value: number, at: number): void {
  into.writeUInt32LE(value % 2 ** 32, at)
  into.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4)
}

function readUInt64(from: Buffer, at: number): number {
  return from.readUInt32LE(at) + from.readUInt32LE(at + 4) * 2 ** 32
}
