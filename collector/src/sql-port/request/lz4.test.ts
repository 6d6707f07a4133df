import { describe, expect, it } from 'vitest'
import { inflateNative } from './lz4.ts'

/** One of ClickHouse's blocks around data that is compressed already. */
function block(method: number, size: number, data: Buffer): Buffer {
  const head = Buffer.alloc(25)
  head.writeUInt8(method, 16)
  head.writeUInt32LE(data.length + 9, 17)
  head.writeUInt32LE(size, 21)
  return Buffer.concat([head, data])
}

describe('inflateNative', () => {
  it('inflates literals and an overlapping match', () => {
    // 2 literals `ab`, then a match of 4 + 3 bytes at offset 2, then the last literal `!`.
    const data = Buffer.from([0x23, 0x61, 0x62, 0x02, 0x00, 0x10, 0x21])
    expect(inflateNative(block(0x82, 10, data), 100).toString()).toBe('ababababa!')
  })

  it('joins blocks, compressed or not', () => {
    const both = Buffer.concat([block(0x02, 2, Buffer.from('ab')), block(0x82, 2, Buffer.from([0x20, 0x63, 0x64]))])
    expect(inflateNative(both, 100).toString()).toBe('abcd')
  })

  it.each([
    ['a cut head', Buffer.alloc(10)],
    ['cut data', block(0x82, 10, Buffer.from([0x23, 0x61])).subarray(0, 26)],
    ['a match before the beginning', block(0x82, 10, Buffer.from([0x13, 0x61, 0x09, 0x00, 0x10, 0x21]))],
    ['more than it says', block(0x82, 1, Buffer.from([0x20, 0x63, 0x64]))],
    ['less than it says', block(0x82, 9, Buffer.from([0x20, 0x63, 0x64]))],
    ['an unknown method', block(0x90, 2, Buffer.from('ab'))],
    ['more than allowed', block(0x02, 2_000_000_000, Buffer.from('ab'))],
  ])('refuses %s', (_what, body) => {
    expect(() => inflateNative(body, 1_000)).toThrow(RangeError)
  })
})
