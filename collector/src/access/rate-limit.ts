export interface RateLimit {
  /** Takes `amount` from the subject's allowance. Returns 0, or the seconds after which to try again. */
  take(subject: string, amount: number, nowMs: number): number
}

/** Subjects remembered at once: a flood of addresses must not fill the memory. */
const SUBJECTS_MAX = 50_000
/** How many seconds' worth of events may come at once. */
const BURST_SECONDS = 5

/** A token bucket for each subject. A limit of 0 is none. One request is always let in when the bucket is full, however large it is. */
export function createRateLimit(perSecond: number): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>()
  const capacity = perSecond * BURST_SECONDS
  return {
    take(subject, amount, nowMs) {
      if (perSecond === 0) return 0
      const bucket = buckets.get(subject) ?? { tokens: capacity, at: nowMs }
      const tokens = Math.min(capacity, bucket.tokens + (Math.max(0, nowMs - bucket.at) / 1_000) * perSecond)
      const wanted = Math.min(amount, capacity)
      buckets.delete(subject)
      buckets.set(subject, { tokens: tokens >= wanted ? tokens - wanted : tokens, at: nowMs })
      if (buckets.size > SUBJECTS_MAX) buckets.delete(buckets.keys().next().value as string)
      return tokens >= wanted ? 0 : Math.max(1, Math.ceil((wanted - tokens) / perSecond))
    },
  }
}
