import type { IncomingMessage } from 'node:http'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { ClickHouseError } from '../clickhouse-error.ts'
import { inflateNative } from './lz4.ts'

/**
 * Reads a body whole, inflated as its Content-Encoding and, for `decompress=1`, as ClickHouse's own blocks say.
 * @throws ClickHouseError when it is larger than `bytesMax`, sent or inflated, or cannot be inflated
 */
export async function readBody(request: IncomingMessage, isNative: boolean, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > bytesMax) throw tooLarge(bytesMax)
    chunks.push(chunk)
  }
  const sent = Buffer.concat(chunks)
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const plain = unpack(sent, encoding, bytesMax)
  if (!isNative || plain.length === 0) return plain
  try {
    return inflateNative(plain, bytesMax)
  } catch (error) {
    throw new ClickHouseError(
      'INCORRECT_DATA',
      `Cannot decompress the body: ${error instanceof Error ? error.message : error}`,
    )
  }
}

function unpack(sent: Buffer, encoding: string, bytesMax: number): Buffer {
  const inflate = INFLATERS[encoding]
  if (!inflate) {
    throw new ClickHouseError(
      'UNKNOWN_COMPRESSION_METHOD',
      `Unknown compression method ${encoding} of the body; use gzip, deflate or br`,
    )
  }
  try {
    return inflate(sent, bytesMax)
  } catch (error) {
    // Node's code for an answer over maxOutputLength.
    if (error instanceof RangeError) throw tooLarge(bytesMax)
    throw new ClickHouseError('INCORRECT_DATA', `Cannot decompress the body: it is not ${encoding}`)
  }
}

const INFLATERS: Record<string, (sent: Buffer, bytesMax: number) => Buffer> = {
  identity: (sent) => sent,
  '': (sent) => sent,
  gzip: (sent, maxOutputLength) => gunzipSync(sent, { maxOutputLength }),
  deflate: (sent, maxOutputLength) => inflateSync(sent, { maxOutputLength }),
  br: (sent, maxOutputLength) => brotliDecompressSync(sent, { maxOutputLength }),
}

function tooLarge(bytesMax: number): ClickHouseError {
  return new ClickHouseError('HTTP_LENGTH_REQUIRED', `The body is larger than ${bytesMax} bytes`, 413)
}
