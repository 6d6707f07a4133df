import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parseResume } from './parse.ts'
import { textOf } from './text.ts'

const resume = `Ada Brown
Frontend Engineer
ada.brown@example.org   +1 503 555 0142

Seven companies, 6 years of work. TypeScript, React, CSS and Testing.
2020 - present  Lumen Maps
Bachelor of Science, Portland State University`

describe('reading a resume', () => {
  test('finds every field of a plain one, and is surer of an address than of a name', () => {
    const { confidences, confidence, skills, years } = parseResume(resume, 2026)
    expect(skills).toEqual(['TypeScript', 'React', 'CSS', 'Testing'])
    expect(years).toBe(6)
    expect(Object.values(confidences)).not.toContain(null)
    expect(confidences.email).toBeGreaterThan(confidences.name ?? 1)
    const sum = Object.values(confidences).reduce<number>((total, one) => total + (one ?? 0), 0)
    expect(confidence).toBeCloseTo(sum / 7, 3)
  })

  test('says which fields it did not find, and counts them as no confidence', () => {
    const { confidences, confidence, skills, years } = parseResume('hello there', 2026)
    expect(new Set(Object.values(confidences))).toEqual(new Set([null]))
    expect({ confidence, skills, years }).toEqual({ confidence: 0, skills: [], years: undefined })
  })

  test('takes the span of the years named where no number of years is said', () => {
    expect(parseResume('2012 - 2015 Tally, 2016 - present Harbor', 2026).years).toBe(14)
  })

  test('finds a skill as a word of its own only', () => {
    expect(parseResume('Reactive people; Google', 2026).skills).toEqual([])
    expect(parseResume('node.js (SQL), Go.', 2026).skills).toEqual(['Node.js', 'SQL', 'Go'])
  })
})

describe('the text of a file', () => {
  test('is read from compressed and plain streams of a PDF', () => {
    const content = 'BT /F1 12 Tf (Ada \\(A.\\) Br) Tj [(o) -20 (wn)] TJ 0 -14 Td (caf\\351) Tj ET'
    const compressed = deflateSync(Buffer.from(content, 'latin1'))
    for (const [filter, stream] of [
      ['/Filter /FlateDecode', compressed],
      ['', Buffer.from(content, 'latin1')],
    ] as const) {
      const head = `%PDF-1.4\n1 0 obj << /Length ${stream.length} ${filter} >>\nstream\n`
      const file = Buffer.concat([Buffer.from(head), stream, Buffer.from('\nendstream\nendobj\n%%EOF')])
      expect(textOf(file)).toContain('Ada (A.) Brown\ncafé')
    }
  })

  test.each([
    ['an image', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])],
    ['a PDF without text', Buffer.from('%PDF-1.4\n1 0 obj <<>>\nstream\nq 1 0 0 1 0 0 cm Q\nendstream')],
    ['a cut PDF', Buffer.from('%PDF-1.4\n1 0 obj << /Filter /FlateDecode >>\nstream\nxx')],
    ['nothing', Buffer.alloc(0)],
  ])('is not there in %s', (_what, bytes) => {
    expect(textOf(bytes)).toBeUndefined()
  })

  test('is not inflated without bound', () => {
    const bomb = deflateSync(Buffer.alloc(64 * 1_048_576, '('))
    const file = Buffer.concat([
      Buffer.from('%PDF-1.4\n1 0 obj << /Filter /FlateDecode >>\nstream\n'),
      bomb,
      Buffer.from('\nendstream'),
    ])
    expect(textOf(file)).toBeUndefined()
  })
})
