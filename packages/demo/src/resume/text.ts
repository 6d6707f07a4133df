import { inflateSync } from 'node:zlib'

/** Bytes one stream of a PDF may inflate to. */
const STREAM_BYTES_MAX = 4 * 1_048_576
const STREAMS_MAX = 200

/**
 * The text of a resume: plain text as it is, of a PDF what its streams show as literal strings (what most word processors and
 * browsers write for Latin text). Undefined when there is none: a scan, an encrypted or a binary file.
 */
export function textOf(bytes: Buffer): string | undefined {
  const text = bytes.subarray(0, 5).toString('latin1') === '%PDF-' ? pdfText(bytes) : plainText(bytes)
  return text !== undefined && /\p{L}{3}/u.test(text) ? text : undefined
}

function plainText(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined // Not UTF-8: an image, a Word file.
  }
}

function pdfText(bytes: Buffer): string {
  const source = bytes.toString('latin1')
  const found: string[] = []
  let streams = 0
  for (let at = source.indexOf('stream'); at >= 0 && streams < STREAMS_MAX; at = source.indexOf('stream', at + 1)) {
    if (source.startsWith('end', at - 3)) continue
    const start = at + (source[at + 6] === '\r' ? 8 : 7)
    const end = source.indexOf('endstream', start)
    if (end < 0) break
    streams += 1
    const dictionary = source.slice(source.lastIndexOf('obj', at), at)
    found.push(shownText(streamContent(bytes.subarray(start, end), dictionary)))
    at = end
  }
  return found.join('\n')
}

function streamContent(stream: Buffer, dictionary: string): string {
  if (!dictionary.includes('FlateDecode')) return dictionary.includes('/Filter') ? '' : stream.toString('latin1')
  try {
    return inflateSync(stream, { maxOutputLength: STREAM_BYTES_MAX }).toString('latin1')
  } catch {
    return '' // Damaged, encrypted, or larger than any page of text.
  }
}

/** What the text operators show: strings in brackets before Tj, ' and in TJ arrays; moves to another line end it. */
function shownText(content: string): string {
  const tokens = content.matchAll(/\((?:\\.|[^\\()])*\)|\b(?:Td|TD|Tm|T\*|ET)\b|'/gs)
  let text = ''
  for (const [token] of tokens) text += token.startsWith('(') ? literalText(token.slice(1, -1)) : '\n'
  return text.replace(/\n{2,}/g, '\n')
}

const escapes: Record<string, string> = { n: '\n', r: '', t: ' ', b: '', f: '' }

function literalText(literal: string): string {
  return literal.replace(/\\([0-7]{1,3}|\r?\n|.)/gs, (_all, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff)
    return /\n$/.test(code) ? '' : (escapes[code] ?? code)
  })
}
