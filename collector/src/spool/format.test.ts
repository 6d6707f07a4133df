import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeFrame,
  encodeFrame,
  encodeHeader,
  FRAME_OVERHEAD_BYTES,
  headerVersion,
  parseSegmentName,
  RECV_MS_MAX,
  segmentName,
} from './format.ts'

const frames = fc.record({
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  recvMs: fc.integer({ min: 0, max: RECV_MS_MAX }),
  type: fc.integer({ min: 0, max: 255 }),
  payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
})
const places = fc.record({ firstSeq: fc.nat(), offset: fc.nat() })

describe('the format of a frame', () => {
  it('gives back what was put in, with the group it belongs to', () => {
    fc.assert(
      fc.property(frames, places, fc.nat(65_535), (frame, place, back) => {
        const bytes = Buffer.alloc(FRAME_OVERHEAD_BYTES + frame.payload.length)
        expect(encodeFrame(bytes, 0, place, frame, back)).toBe(bytes.length)
        const end = place.offset + bytes.length
        expect(decodeFrame(bytes, 0, place, bytes.length)).toEqual({ frame, groupFirstSeq: frame.seq - back, end })
      }),
    )
  })

  it('verifies in its own place only: not in another segment, not at another offset, not with a bit changed', () => {
    fc.assert(
      fc.property(frames, places, fc.nat(), (frame, place, at) => {
        const bytes = Buffer.alloc(FRAME_OVERHEAD_BYTES + frame.payload.length)
        encodeFrame(bytes, 0, place, frame, 0)
        expect(decodeFrame(bytes, 0, { ...place, offset: place.offset + 1 }, bytes.length)).toBeUndefined()
        expect(decodeFrame(bytes, 0, { ...place, firstSeq: place.firstSeq + 1 }, bytes.length)).toBeUndefined()
        const byte = at % bytes.length
        bytes[byte] = (bytes[byte] ?? 0) ^ (1 << (at % 8))
        // A changed length may ask for more than there is; it is never a frame.
        expect(typeof decodeFrame(bytes, 0, place, bytes.length)).not.toBe('object')
      }),
    )
  })

  it('asks for more bytes only if the file has them', () => {
    const place = { firstSeq: 1, offset: 32 }
    const bytes = Buffer.alloc(FRAME_OVERHEAD_BYTES + 5)
    encodeFrame(bytes, 0, place, { seq: 1, recvMs: 1, type: 1, payload: Buffer.from('hello') }, 0)
    expect(decodeFrame(bytes.subarray(0, 3), 0, place, bytes.length)).toBe(FRAME_OVERHEAD_BYTES)
    expect(decodeFrame(bytes.subarray(0, 28), 0, place, bytes.length)).toBe(bytes.length)
    expect(decodeFrame(bytes.subarray(0, 28), 0, place, 28)).toBeUndefined()
    expect(decodeFrame(Buffer.alloc(100), 0, place, 100)).toBeUndefined()
  })

  it('names segments so that their names sort like their seqs', () => {
    expect(segmentName(255)).toBe('00000000000000ff.seg')
    expect(parseSegmentName('00000000000000ff.seg')).toBe(255)
    expect(parseSegmentName('ahead.tmp')).toBeUndefined()
  })

  it('knows its version from an undamaged header only', () => {
    const header = encodeHeader(7)
    expect(headerVersion(header)).toBe(1)
    for (let at = 0; at < header.length; at++) {
      const damaged = Buffer.from(header)
      damaged[at] = (damaged[at] ?? 0) ^ 4
      expect(headerVersion(damaged)).toBeUndefined()
    }
    expect(headerVersion(header.subarray(0, 31))).toBeUndefined()
  })
})
