import { expect, test } from 'vitest'
import { changedPurposes, modeOf } from './consent.ts'

test('a refusal stops everything; an open question stops it where the site asks; a signal takes the identifiers', () => {
  const modes = [true, false, undefined].flatMap((analytics) =>
    [false, true].flatMap((signal) => [false, true].map((required) => modeOf(analytics, signal, required))),
  )
  expect(modes).toEqual(
    // not required, required | the same with a signal
    ['full', 'full', 'anonymous', 'anonymous', 'off', 'off', 'off', 'off', 'full', 'waiting', 'anonymous', 'waiting'],
  )
})

test('purposes change one by one, and only by a yes or a no', () => {
  expect(changedPurposes({}, { analytics: true })).toEqual({ analytics: true })
  expect(changedPurposes({ analytics: true }, { personalization: false })).toEqual({
    analytics: true,
    personalization: false,
  })
  expect(changedPurposes({ analytics: true }, { analytics: true })).toBeUndefined()
  expect(changedPurposes({ analytics: true }, { analytics: 'no', other: true } as never)).toBeUndefined()
})
