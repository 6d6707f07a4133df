import { SESSION_IDLE_MS } from '@offertrail/contract/limits'
import { ACTIVE, type Bearing, STRAY } from './types.ts'

/** What all tabs of a browser share: who it is, its session, and the session's next number. */
export interface Visitor {
  anonymous_id: string
  session_id: string
  /** Last activity, in epoch milliseconds. */
  at: number
  /** The `seq` of the session's next event; 0 also says that its `session_start` is still to be made. */
  next: number
}

/** The session and number of one event; empty when it belongs to no session. */
export type Stamp = { session_id?: string; seq?: number }

/** Two views of the shared state in one: numbers of a session only grow, and of two sessions the later active stands. */
export function merged(one: Visitor | undefined, other: Visitor | undefined): Visitor | undefined {
  if (!one || !other) return one ?? other
  const [older, newer] = one.at > other.at ? [other, one] : [one, other]
  return one.session_id === other.session_id ? { ...newer, next: Math.max(older.next, newer.next) } : newer
}

/**
 * Gives the event made at `at` its place: {@link Bearing} says whether it may start a session when the last one has been idle for
 * 30 minutes. A clock set back by more than that starts one too. `begins` is true for the event that a `session_start` must precede
 * (numbered 0; the event itself gets 1). Changes `visitor`.
 */
export function place(
  visitor: Visitor,
  at: number,
  bearing: Bearing,
  newId: () => string,
): Stamp & { begins?: boolean } {
  const expired = Math.abs(at - visitor.at) > SESSION_IDLE_MS
  if (expired && visitor.next > 0) {
    if (bearing === STRAY) return {}
    if (bearing === ACTIVE) Object.assign(visitor, { session_id: newId(), next: 0 })
  }
  const begins = !visitor.next
  visitor.next += begins ? 2 : 1
  if (bearing !== STRAY || begins) visitor.at = at
  return { session_id: visitor.session_id, seq: visitor.next - 1, begins }
}
