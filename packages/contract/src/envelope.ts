import { z } from 'zod'
import { MESSAGE_LENGTH_MAX, SESSION_ID_LENGTH_MAX } from './limits.ts'
import { count, id, name, timestamp, title, url, uuid } from './primitives.ts'

/** What a person may agree to, or not. */
export const purposes = ['analytics', 'personalization', 'experiments'] as const
export type Purpose = (typeof purposes)[number]

const consentInForce = z.object({
  analytics: z.boolean().optional(),
  personalization: z.boolean().optional(),
  experiments: z.boolean().optional(),
})

/** Where and how an event was made. */
export const context = z.object({
  viewport: z.object({ width: count().max(65_535), height: count().max(65_535) }).optional(),
  language: z.string().max(64).optional(),
  timezone: z.string().max(64).optional(),
  /** Purposes in force when the event was made; an absent one was not asked. */
  consent: consentInForce.optional(),
  tracker: z.object({ name: name(), version: z.string().max(64) }).optional(),
  /** For server keys only: the browser's User-Agent, which device, browser, os and bot are judged from. */
  user_agent: z.string().max(MESSAGE_LENGTH_MAX).optional(),
})

/** The fields every event has. */
export const envelope = {
  /** Identity: the same id counts once. Made by the client (UUIDv7); missing: the server makes one. */
  event_id: uuid().optional(),
  /** Client clock; missing: server time. */
  timestamp: timestamp().optional(),
  /** The pseudonymous id the site chose; empty before `identify`. */
  user_id: z
    .union([z.literal(''), id()], {
      error: 'must be a string of 0 to 128 characters',
    })
    .optional(),
  /** The browser's own id. */
  anonymous_id: z.union([z.literal(''), uuid()], { error: 'must be a UUID' }).optional(),
  session_id: z.string().max(SESSION_ID_LENGTH_MAX).optional(),
  /** Per session, +1 for each event made, from 0: gaps measure loss. */
  seq: count().max(4_294_967_295).optional(),
  page_url: url().optional(),
  page_title: title().optional(),
  referrer: url().optional(),
  context: context.optional(),
}

export type Envelope = z.output<ReturnType<typeof envelopeObject>>
const envelopeObject = () => z.object(envelope)
