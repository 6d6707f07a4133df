import { expect, test } from 'vitest'
import { backoffMs, RETRY_AFTER_MAX_MS, retryAfterMs, spreadMs } from './backoff.ts'

test('waits between one second and a bound that doubles up to 15 minutes', () => {
  expect([0, 1, 2, 3, 20, 2_000].map((attempt) => backoffMs(attempt, 1))).toEqual([
    2_000, 4_000, 8_000, 16_000, 900_000, 900_000,
  ])
  expect([0, 5, 50].map((attempt) => backoffMs(attempt, 0))).toEqual([1_000, 1_000, 1_000])
  expect(backoffMs(1, 0.5)).toBe(2_500)
})

test('reads Retry-After as seconds or as a date, never as a wait into the past or for ever', () => {
  const now = Date.parse('2026-11-23T09:00:00Z')
  expect(retryAfterMs(null, now)).toBe(0)
  expect(retryAfterMs('120', now)).toBe(120_000)
  expect(retryAfterMs('Mon, 23 Nov 2026 09:00:30 GMT', now)).toBe(30_000)
  expect(retryAfterMs('Mon, 23 Nov 2026 08:00:00 GMT', now)).toBe(0)
  expect(retryAfterMs('soon', now)).toBe(0)
  expect(retryAfterMs('-5', now)).toBe(0)
  expect(retryAfterMs('99999999', now)).toBe(RETRY_AFTER_MAX_MS)
})

test('spreads returns over a quarter of the wait, a minute at most', () => {
  expect(spreadMs(4_000, 0.5)).toBe(500)
  expect(spreadMs(3_600_000, 1)).toBe(60_000)
  expect(spreadMs(3_600_000, 0)).toBe(0)
})
