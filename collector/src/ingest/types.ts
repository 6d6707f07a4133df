import type { EventDefinition, EventError, KeyKind, RejectedEvent, Warning } from '@offertrail/contract'

/** What is known of a request besides its events. Everything that varies is here, so that ingest stays pure. */
export interface Delivery {
  /** Milliseconds since 1970 at which the request's headers arrived. */
  receivedAt: number
  /** The kind of key it came with; `open`: the collector runs without keys, on loopback. */
  keyKind: KeyKind | 'admin' | 'open'
  /** Whether a browser sent it: then its clock is corrected and its User-Agent judged. */
  fromBrowser: boolean
  userAgent: string
  /** Address of the client as the socket or a trusted proxy names it; never stored whole. */
  address: string
  /** Global Privacy Control or Do Not Track came with the request. */
  privacySignal: boolean
  /** `?strict=1`: unknown fields reject the event. */
  strict: boolean
  /** The client's clock when it sent, milliseconds since 1970. */
  sentAt?: number
}

/** What steps need from outside, passed in. */
export interface Tools {
  /** A new UUIDv7. */
  newId(): string
}

export type Values = Record<string, unknown>

/** An event on its way: what the sender wrote, and the row it becomes. Steps fill the row in. */
export interface Draft {
  definition: EventDefinition
  /** The event as validation left it: known fields only, text well-formed. */
  event: Values
  /** Columns by name. */
  row: Values
}

/** A named part of the pipeline: `add…` fills columns in, `hide…` and `strip…` take out what must not be kept. */
export type Step = (draft: Draft, delivery: Delivery, tools: Tools) => void

/** An event ready to be kept: lines for the tables, and what repetitions are recognised by. */
export interface AcceptedEvent {
  index: number
  eventId: string
  /** 16 hex digits over what the sender wrote: the same id with another hash is a conflict. */
  contentHash: string
  type: string
  /** ids that were made for the event, by field. */
  made: Record<string, string>
  table: string
  row: Values
  /** What passes through `event_stream`. */
  stream: Values
}

/** An event that was refused: for the answer, and for `rejected_events`. */
export interface Refusal extends RejectedEvent {
  reason: RefusalReason
  row: Values
}

/** Closed list: every refusal has one of these, and is counted by it. */
export const refusalReasons = [
  'not_an_object',
  'unknown_type',
  'forbidden_type',
  'too_deep',
  'too_many_fields',
  'invalid',
  'unknown_field',
  'poison',
] as const
export type RefusalReason = (typeof refusalReasons)[number]

export interface Accepted {
  accepted: AcceptedEvent[]
  rejected: Refusal[]
  warnings: Warning[]
}

export type { EventError, RejectedEvent, Warning }
