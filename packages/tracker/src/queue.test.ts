import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bounded, type Entry, entryOf, read, take, write } from './queue.ts'

const entry = (id: string, { at = 0, low = false, bytes = 10 } = {}): Entry => ({ id, at, low, bytes, json: `"${id}"` })
const ids = (entries: Entry[]) => entries.map(({ id }) => id).join('')

test('a queue too long loses the oldest of low priority first, then the oldest', () => {
  const entries = [entry('a'), entry('b', { low: true }), entry('c'), entry('d', { low: true }), entry('e')]
  const keep = (events: number) => ids(bounded(entries, 0, { events, bytes: 1_000, ageMs: 1 }))
  expect([5, 4, 3, 2, 1, 0].map(keep)).toEqual(['abcde', 'acde', 'ace', 'ce', 'e', ''])
})

test('a queue too large loses in the same order, and no more than it must', () => {
  const entries = [entry('a', { bytes: 50 }), entry('b', { low: true, bytes: 5 }), entry('c', { bytes: 40 })]
  const keep = (bytes: number) => ids(bounded(entries, 0, { events: 10, bytes, ageMs: 1 }))
  expect([95, 90, 89, 40, 39].map(keep)).toEqual(['abc', 'ac', 'c', 'c', ''])
})

test('what is older than seven days goes first', () => {
  const dayMs = 86_400_000
  const entries = [entry('a', { at: 0 }), entry('b', { at: dayMs + 1 })]
  expect(ids(bounded(entries, 7 * dayMs))).toBe('ab')
  expect(ids(bounded(entries, 8 * dayMs))).toBe('b')
})

test('whatever is queued, the bounds hold, the order stays and nothing is made up', () => {
  const some = fc.array(
    fc.record({ at: fc.nat(100), low: fc.boolean(), bytes: fc.integer({ min: 1, max: 60 }) }).map((it) => it),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(some, fc.nat(40), fc.nat(900), (parts, events, bytes) => {
      const entries = parts.map((part, index) => entry(String(index), part))
      const kept = bounded(entries, 100, { events, bytes, ageMs: 50 })
      expect(kept.length).toBeLessThanOrEqual(events)
      expect(kept.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(bytes)
      expect(entries.filter((one) => kept.includes(one))).toEqual(kept)
      // Nothing of low priority is kept where something that matters and would have fitted its place was dropped for number alone.
      const alive = entries.filter((one) => 100 - one.at <= 50)
      if (bytes >= alive.reduce((sum, one) => sum + one.bytes, 0))
        expect(kept.length).toBe(Math.min(events, alive.length))
    }),
  )
})

test('a request takes from the front, skips what is in flight and stays within count and bytes', () => {
  const entries = ['a', 'b', 'c', 'd'].map((id) => entry(id, { bytes: 9 }))
  expect(ids(take(entries, new Set(), 10, 1_000))).toBe('abcd')
  expect(ids(take(entries, new Set('b'), 2, 1_000))).toBe('ac')
  expect(ids(take(entries, new Set(), 10, 20))).toBe('ab') // 9 and a comma each
  expect(ids(take(entries, new Set(), 10, 9))).toBe('')
})

test('what was written is read again to the byte, notes included; anything else throws', () => {
  const event = { event_id: 'e1', timestamp: '2026-11-23T09:00:00.000Z', type: 'interaction', title: 'Stellenbörse 🚀' }
  const entries = [entryOf(event), entryOf({ ...event, event_id: 'e2', type: 'web_vital' })]
  const text = write(entries, { dropped: 3, rejected: 1, alive: 42 })
  expect(read(text)).toEqual({ entries, dropped: 3, rejected: 1, alive: 42 })
  expect(() => read('{"events":[')).toThrow()
})

test('bytes are UTF-8, and what was only measured is of low priority', () => {
  const event = { event_id: 'e', timestamp: '2026-11-23T09:00:00.000Z', type: 'interaction' }
  expect(entryOf(event, '"€🚀"')).toMatchObject({ bytes: 9, low: false, at: Date.parse(event.timestamp) })
  for (const interaction_type of ['scroll_depth', 'time_on_page'])
    expect(entryOf({ ...event, interaction_type }).low).toBe(true)
  for (const type of ['error', 'web_vital']) expect(entryOf({ ...event, type }).low).toBe(true)
  expect(entryOf({ ...event, interaction_type: 'application_complete' }).low).toBe(false)
})
