import type { EventInput, EventType, Purpose } from '@offertrail/contract'
import type { Resume } from './resume.ts'

/** The types a key that stands in a public page may send. */
export type BrowserEventType = Extract<
  EventType,
  | 'session_start'
  | 'session_end'
  | 'interaction'
  | 'resume'
  | 'feature_use'
  | 'web_vital'
  | 'recommendation_engagement'
  | 'feedback'
  | 'error'
  | 'consent'
  | 'ab_assignment'
  | 'ab_conversion'
>

type MadeByTracker = 'type' | 'event_id' | 'user_id' | 'anonymous_id' | 'session_id' | 'seq' | 'page_title' | 'context'
type Without<Event, Key extends PropertyKey> = { [K in keyof Event as K extends Key ? never : K]: Event[K] }

/** What a caller may say of an event; the envelope is the tracker's. */
export type Fields<Type extends BrowserEventType> = Without<EventInput<Type>, MadeByTracker> & {
  user_id?: string | undefined
}

/**
 * How an event bears on the session. `ACTIVE` starts one when the last has expired, and keeps it alive; `TRAILING` (time spent,
 * dwell) reports what was done in the running session and keeps it alive, but starts none; `STRAY` (errors, vitals: nobody
 * acted) does neither, and after expiry belongs to no session.
 */
export type Bearing = typeof ACTIVE | typeof TRAILING | typeof STRAY
export const ACTIVE = 0
export const TRAILING = 1
export const STRAY = 2

/** Makes an event: id, time and page are taken now; ids and numbering follow within a moment. Never throws. */
export type Emit = <Type extends BrowserEventType>(type: Type, fields: Fields<Type>, bearing?: Bearing) => void

export type Purposes = { [P in Purpose]?: boolean }

/** What a capture may use of the page it looks at. */
export interface Page {
  emit: Emit
  /** `addEventListener` on the capture phase, passive, with a listener whose errors stay inside. */
  listen: Listen
  /** Runs when the page view ends or may be ending: another route, hidden, unloading. May run several times a view. */
  onLeave: (callback: () => void) => void
  /** Runs after another page view began; `restored` when the page came back from the back/forward cache. */
  onEnter: (callback: (restored: boolean) => void) => void
  /** Ends the page view and begins another at the address the page now has. */
  enter: () => void
  /** Tells how a resume fares: see `resume.ts`. */
  resume: (subject?: Blob | string) => Resume
}

export type Listen = (target: EventTarget, types: string, listener: (event: never) => void) => void

/** Parts that can be switched: see README. */
export type Part = 'page' | 'click' | 'form' | 'scroll' | 'time' | 'recommendation' | 'resume' | 'vital' | 'error'

export interface Options {
  /** The write key. */
  key: string
  /** Where batches go: an absolute URL or a path. */
  endpoint: string
  /** `required`: nothing is stored or sent before `consent({ analytics: true })`. */
  consent?: 'required' | undefined
  /** Count a changed `#route` as a page view. */
  hash?: boolean | undefined
  /** Log to the console and ask the collector to be strict. */
  debug?: boolean | undefined
  /** The parts that run, by name, or `off` for none. Absent: all. */
  auto?: 'off' | readonly Part[] | string | undefined
  /** Same as calling `identify` at once. */
  user?: string | undefined
}
