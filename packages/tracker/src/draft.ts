import { TITLE_LENGTH_MAX } from '@offertrail/contract/limits'
import type { View } from './page.ts'
import { type Entry, entryOf } from './queue.ts'
import { stringify } from './safe.ts'
import type { Bearing, Purposes } from './types.ts'
import { uuidv7 } from './uuid.ts'
import { VERSION } from './version.ts'

/** An event made, without what is added when it is stored: who, which session and number, context. */
export interface Draft {
  event: { event_id: string; timestamp: string; type: string }
  /** Taken at once: what the caller changes later in its objects is not the event's. */
  json: string
  at: number
  bearing: Bearing
  view: View
  user: string | undefined
  title: string
}

/** What {@link finish} adds. */
export interface Additions {
  user_id?: string | undefined
  anonymous_id?: string | undefined
  session_id?: string | undefined
  seq?: number | undefined
  page_title?: string
  context: Context
}

export interface Context {
  viewport: { width: number; height: number } | undefined
  language: string
  timezone: string
  consent: Purposes | undefined
  tracker: { name: string; version: string }
}

/** Makes an event of now. Throws when the fields can't be written as JSON. */
export function draft(
  type: string,
  fields: object,
  bearing: Bearing,
  view: View,
  user?: string,
  at = Date.now(),
): Draft {
  const { user_id = user, ...rest } = fields as { user_id?: string }
  const made = {
    event_id: uuidv7(at),
    type,
    timestamp: new Date(at).toISOString(),
    page_url: view.url || undefined,
    referrer: view.referrer || undefined,
    ...rest,
    // Nobody but the tracker says these, whatever a page passes.
    anonymous_id: undefined,
    session_id: undefined,
    seq: undefined,
  }
  return { event: made, json: stringify(made), at, bearing, view, user: user_id, title: document.title }
}

/** Freezes an event for the queue. */
export function finish({ event, json }: Draft, additions: Additions): Entry {
  const page_title = additions.page_title?.slice(0, TITLE_LENGTH_MAX)
  return entryOf(event, `${json.slice(0, -1)},${stringify({ ...additions, page_title }).slice(1)}`)
}

/** Where and how events are made here. */
export function contextOf(viewport: Context['viewport'], consent: Purposes): Context {
  timezone ??= timezoneHere()
  return {
    viewport,
    language: navigator.language,
    timezone,
    consent: Object.keys(consent).length ? consent : undefined,
    tracker: { name: 'offertrail.js', version: VERSION },
  }
}

let timezone: string | undefined

/** The IANA name. Temporal first: the first use of Intl loads its data, which blocks the page for 5 to 50 ms. */
function timezoneHere(): string {
  const { Temporal } = globalThis as { Temporal?: { Now: { timeZoneId: () => string } } }
  return Temporal ? Temporal.Now.timeZoneId() : Intl.DateTimeFormat().resolvedOptions().timeZone
}
