import { z } from 'zod'
import { KEY_LENGTH_MAX } from './limits.ts'
import { count, timestamp } from './primitives.ts'

/** `POST /api/analytics/events`. The events are checked one by one, so that a bad one costs only itself. */
export const batch = z.object({
  /** The client's clock when it sent: measures its skew. */
  sent_at: timestamp().optional(),
  /** The key, when it can't travel as `Authorization: Bearer` (beacons). */
  key: z.string().max(KEY_LENGTH_MAX).optional(),
  /** What the tag itself knows it lost since its last report. */
  client: z.object({ dropped: count().optional(), rejected: count().optional() }).optional(),
  events: z.array(z.unknown()),
})

export interface EventError {
  /** JSON pointer into the event: `/tier`; empty for the event itself. */
  path: string
  message: string
}

export interface RejectedEvent {
  /** Place in the batch, from 0. */
  index: number
  event_id?: string
  errors: EventError[]
}

export interface Warning {
  index: number
  path: string
  message: string
}

/** What a 202 says: everything accepted is on disk and will be counted. */
export interface BatchAnswer {
  accepted: number
  /** Events whose id was accepted before; counted once. */
  duplicates: number
  rejected: RejectedEvent[]
  warnings: Warning[]
}
