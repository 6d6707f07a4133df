import { createGunzip } from 'node:zlib'
import { BATCH_BYTES_MAX } from '@offertrail/contract'
import secureJson from 'secure-json-parse'
import { Problem } from './errors.ts'

/** Levels a body may nest: a batch, its events, their data. More is an attack on the stack. */
const BODY_DEPTH_MAX = 32

/**
 * Reads a request's body as JSON, plain or gzip, whatever its content type says of JSON.
 * @throws Problem with the code that says what is wrong; nothing of the body is repeated in it
 */
export async function readJson(raw: Buffer | undefined, encoding: string | undefined): Promise<unknown> {
  const bytes = await decode(raw ?? Buffer.alloc(0), encoding)
  if (bytes.length === 0) throw new Problem('bad_json', 'The body is empty; send a JSON object with "events".')
  if (depthOf(bytes) > BODY_DEPTH_MAX)
    throw new Problem('too_deep', `The JSON nests deeper than ${BODY_DEPTH_MAX} levels.`)
  try {
    return secureJson.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''), undefined, {
      protoAction: 'error',
      constructorAction: 'error',
    })
  } catch (cause) {
    throw new Problem('bad_json', 'The body is not valid JSON, or has a key like __proto__.', { cause })
  }
}

async function decode(raw: Buffer, encoding: string | undefined): Promise<Buffer> {
  const name = (encoding ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return raw
  if (name !== 'gzip') throw new Problem('unsupported_type', 'Content-Encoding must be gzip, or absent.')
  return await gunzip(raw)
}

/** Inflates to the bound and no further: a bomb costs what it claims, never what it holds. */
function gunzip(raw: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = createGunzip()
    const chunks: Buffer[] = []
    let size = 0
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > BATCH_BYTES_MAX) {
        stream.destroy()
        reject(
          new Problem(
            'too_large',
            `The body inflates to more than ${BATCH_BYTES_MAX} bytes; send fewer events at once.`,
          ),
        )
      } else chunks.push(chunk)
    })
    stream.on('end', () => resolve(Buffer.concat(chunks)))
    stream.on('error', (cause) =>
      reject(new Problem('bad_encoding', 'The body says gzip and is not, or is cut off.', { cause })),
    )
    stream.end(raw)
  })
}

/** Levels of brackets outside strings, found before parsing: JSON.parse itself recurses. */
function depthOf(bytes: Buffer): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i]
    if (inString) {
      if (byte === BACKSLASH) i += 1
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1
  }
  return deepest
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
