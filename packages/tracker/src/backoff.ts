/** First and longest wait of the exponential backoff, in milliseconds. */
export const BACKOFF_FIRST_MS = 1_000
export const BACKOFF_MAX_MS = 15 * 60_000
/** `Retry-After` beyond this is taken for a mistake. */
export const RETRY_AFTER_MAX_MS = 24 * 3_600_000

/** Exponential with full jitter: anything from 1 s to the bound of this attempt (counted from 0). `random` is in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  const bound = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempt + 1))
  return BACKOFF_FIRST_MS + random * (bound - BACKOFF_FIRST_MS)
}

/** The wait a `Retry-After` header asks for (seconds or a date), in milliseconds; 0 when there is none. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (!header) return 0
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1000
  return Math.min(Math.max(ms || 0, 0), RETRY_AFTER_MAX_MS)
}

/** Extra wait on top of a `Retry-After` of `waitMs`, so that the tabs of the world don't come back at once. */
export function spreadMs(waitMs: number, random: number): number {
  return random * Math.min(60_000, waitMs / 4)
}
