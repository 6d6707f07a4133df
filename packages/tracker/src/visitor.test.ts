import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ACTIVE, STRAY, TRAILING } from './types.ts'
import { merged, place, type Visitor } from './visitor.ts'

const MINUTE_MS = 60_000
const visitor = (fields: Partial<Visitor> = {}): Visitor => ({
  anonymous_id: 'a',
  session_id: 's',
  at: 0,
  next: 5,
  ...fields,
})
const newId = () => 'new'

test('an event within 30 minutes of the last belongs to the session and keeps it alive', () => {
  const state = visitor()
  expect(place(state, 30 * MINUTE_MS, ACTIVE, newId)).toEqual({ session_id: 's', seq: 5, begins: false })
  expect(state).toEqual(visitor({ at: 30 * MINUTE_MS, next: 6 }))
})

test('an event later than that begins another session, whose start is number 0; midnight does not', () => {
  const state = visitor({ at: Date.parse('2026-11-23T23:59:00Z') })
  expect(place(state, Date.parse('2026-11-24T00:01:00Z'), ACTIVE, newId)).toMatchObject({ session_id: 's' })
  expect(place(state, Date.parse('2026-11-24T00:31:01Z'), ACTIVE, newId)).toEqual({
    session_id: 'new',
    seq: 1,
    begins: true,
  })
  expect(place(state, Date.parse('2026-11-24T00:31:02Z'), ACTIVE, newId)).toEqual({
    session_id: 'new',
    seq: 2,
    begins: false,
  })
})

test('time spent is of the session it was spent in, however long it took', () => {
  const state = visitor()
  expect(place(state, 45 * MINUTE_MS, TRAILING, newId)).toMatchObject({ session_id: 's', seq: 5 })
  expect(place(state, 70 * MINUTE_MS, ACTIVE, newId)).toMatchObject({ session_id: 's', seq: 6 })
})

test('what nobody did neither keeps a session alive nor begins one', () => {
  const state = visitor()
  expect(place(state, 20 * MINUTE_MS, STRAY, newId)).toMatchObject({ session_id: 's', seq: 5 })
  expect(place(state, 31 * MINUTE_MS, STRAY, newId)).toEqual({})
  expect(place(state, 31 * MINUTE_MS, ACTIVE, newId)).toMatchObject({ session_id: 'new' })
})

test('a clock that was set back does not keep a session alive for ever', () => {
  expect(place(visitor({ at: 600 * MINUTE_MS }), 0, ACTIVE, newId)).toMatchObject({ session_id: 'new' })
})

test('views of one session keep the highest number; of two sessions the later one stands', () => {
  expect(merged(visitor({ at: 9, next: 3 }), visitor({ at: 8, next: 7 }))).toEqual(visitor({ at: 9, next: 7 }))
  expect(merged(visitor({ at: 9, session_id: 'x' }), visitor({ at: 8 }))).toEqual(visitor({ at: 9, session_id: 'x' }))
  expect(merged(undefined, visitor())).toEqual(visitor())
  expect(merged(undefined, undefined)).toBeUndefined()
})

test('the numbers of each session are 0, 1, 2 … without gap or repeat, whatever happens', () => {
  const happenings = fc.array(fc.tuple(fc.nat(60 * MINUTE_MS), fc.constantFrom(ACTIVE, TRAILING, STRAY)), {
    maxLength: 50,
  })
  fc.assert(
    fc.property(happenings, (events) => {
      const state = visitor({ next: 0 })
      const seen = new Map<string, number[]>()
      let now = 0
      let made = 0
      for (const [pause, bearing] of events) {
        now += pause
        const { session_id, seq, begins } = place(state, now, bearing, () => `s${made++}`)
        if (session_id === undefined || seq === undefined) continue
        const numbers = seen.get(session_id) ?? []
        if (begins) numbers.push(0)
        seen.set(session_id, [...numbers, seq])
      }
      for (const numbers of seen.values()) expect(numbers).toEqual(numbers.map((_, index) => index))
    }),
  )
})
