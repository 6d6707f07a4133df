/**
 * Inflates ClickHouse's own compressed stream (`decompress=1`): blocks of a 16-byte checksum, a method byte, two
 * 32-bit sizes (of method, sizes and data; of the data inflated) and data.
 * https://clickhouse.com/docs/native-protocol/compression
 * The checksum is not verified: TCP on the loopback does that.
 * @throws RangeError when it is malformed, not LZ4 or uncompressed, or inflates to more than `bytesMax`
 */
export function inflateNative(body: Buffer, bytesMax: number): Buffer {
  const blocks: Buffer[] = []
  let total = 0
  let at = 0
  while (at < body.length) {
    const method = body.readUInt8(at + 16)
    const packed = body.readUInt32LE(at + 17) - 9
    const size = body.readUInt32LE(at + 21)
    const data = body.subarray(at + 25, at + 25 + packed)
    total += size
    if (packed < 0 || data.length !== packed || total > bytesMax) throw new RangeError('malformed or too large')
    if (method === METHOD_LZ4) blocks.push(inflateBlock(data, size))
    else if (method === METHOD_NONE) blocks.push(data)
    else throw new RangeError(`method ${method} is not supported; use LZ4`)
    at += 25 + packed
  }
  return Buffer.concat(blocks)
}

const METHOD_NONE = 0x02
const METHOD_LZ4 = 0x82

/** One LZ4 block: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function inflateBlock(data: Buffer, size: number): Buffer {
  const out = Buffer.alloc(size)
  let from = 0
  let to = 0
  // A length of 15 goes on in further bytes until one is below 255.
  const length = (start: number): number => {
    let sum = start
    if (start === 15) {
      let more: number
      do {
        more = data.readUInt8(from)
        from += 1
        sum += more
      } while (more === 255)
    }
    return sum
  }
  while (from < data.length) {
    const head = data.readUInt8(from)
    from += 1
    const literals = length(head >> 4)
    if (from + literals > data.length || to + literals > size) throw new RangeError('malformed block')
    data.copy(out, to, from, from + literals)
    from += literals
    to += literals
    if (from === data.length) break
    const offset = data.readUInt16LE(from)
    from += 2
    const match = length(head & 15) + 4
    if (offset === 0 || offset > to || to + match > size) throw new RangeError('malformed block')
    // Byte by byte: a match may overlap what it is writing.
    for (let index = 0; index < match; index += 1) out[to + index] = out[to + index - offset] ?? 0
    to += match
  }
  if (to !== size) throw new RangeError('malformed block')
  return out
}
