import { expect, it } from 'vitest'
import { decodeLines, encodeLines, type Line } from './lines.ts'

it('gives back what it was given, whatever the text holds', () => {
  const lines: Line[] = [
    {
      table: 'user_interactions',
      eventId: 'a',
      contentHash: 'b',
      json: JSON.stringify({ text: 'two words, ünïcode 😀,\n a line break' }),
    },
    { table: 'rejected_events', eventId: '', contentHash: '', json: '{}' },
  ]
  expect(decodeLines(encodeLines(lines))).toEqual(lines)
  expect(decodeLines(encodeLines([]))).toEqual([])
})

it('refuses bytes it did not make', () => {
  for (const text of ['x', 'table id hash {}', 'a b\nc d\n'])
    expect(() => decodeLines(Buffer.from(text))).toThrow(/malformed/)
})
