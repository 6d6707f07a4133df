/** First pause after a failed attempt, milliseconds. */
const BASE_MS = 100
/** Longest pause, milliseconds: an outage that ends is noticed within this. */
const MAX_MS = 10_000

/**
 * Pause before the next attempt: exponential with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), never below a tenth of its bound.
 * @param attempt failures so far, from 1
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function delayMs(attempt: number, random: number): number {
  const bound = Math.min(MAX_MS, BASE_MS * 2 ** (attempt - 1))
  return bound * (0.1 + 0.9 * random)
}
