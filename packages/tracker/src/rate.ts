/** Events a tab may make in one burst: as many as its queue holds. */
export const BURST_MAX = 1_000
/** Events a second it may go on making after that. */
export const RATE_PER_SECOND = 10

/** A token bucket against runaway loops. `allow(nowMs)` says whether one more event may be made. */
export function createRate(burst = BURST_MAX, perSecond = RATE_PER_SECOND): (nowMs: number) => boolean {
  let tokens = burst
  let last = 0
  return (nowMs) => {
    // A clock that was set back must not take tokens away.
    tokens = Math.min(burst, tokens + (Math.max(0, nowMs - (last || nowMs)) / 1000) * perSecond)
    last = nowMs
    return tokens >= 1 && !!tokens--
  }
}
