/** Bounds of the contract. No zod here: the browser tag imports this file as it is. */

/** Most events one batch may carry. */
export const BATCH_EVENTS_MAX = 500
/** Largest batch body in bytes, after inflating. */
export const BATCH_BYTES_MAX = 1_048_576
/** Characters of ids that are not UUIDs: `user_id`, `job_id`, `resume_id` … */
export const ID_LENGTH_MAX = 128
/** Characters of a `session_id`. */
export const SESSION_ID_LENGTH_MAX = 64
/** Characters of a URL; longer ones are rejected, so senders cut them. */
export const URL_LENGTH_MAX = 2_048
/** Characters of a page title. */
export const TITLE_LENGTH_MAX = 512
/** Characters of names and other short text. */
export const NAME_LENGTH_MAX = 256
/** Characters of messages and other long text. */
export const MESSAGE_LENGTH_MAX = 4_000
/** Characters of a stack trace. */
export const STACK_LENGTH_MAX = 16_000
/** `element_text` is cut, not rejected, at this many characters. */
export const ELEMENT_TEXT_CUT = 256
/** `feedback_text` is cut, not rejected, at this many characters. */
export const FEEDBACK_TEXT_CUT = 4_000
/** Bytes of a free-form field as JSON text in UTF-8. */
export const FREE_FORM_BYTES_MAX = 16_384
/** Levels of objects and arrays inside a free-form field, itself included. */
export const FREE_FORM_DEPTH_MAX = 6
/** Keys of one free-form field, all levels together. */
export const FREE_FORM_KEYS_MAX = 512
/** Characters of one key. */
export const KEY_LENGTH_MAX = 128
/** Keys of an event's own level. */
export const EVENT_KEYS_MAX = 64
/** How long the same `event_id` counts once, in days. */
export const DEDUPLICATION_DAYS = 35
/** A session ends after this long without an event, in milliseconds (the tag's rule; the collector takes any id). */
export const SESSION_IDLE_MS = 30 * 60_000
/** Clocks that differ by more than this are corrected, in milliseconds. */
export const CLOCK_SKEW_TOLERATED_MS = 2 * 60_000
/** An event further ahead of the receipt than this gets the time of receipt, in milliseconds. */
export const FUTURE_TOLERATED_MS = 5 * 60_000
/** A browser's event older than this gets the time of receipt, in milliseconds. */
export const BROWSER_AGE_MAX_MS = DEDUPLICATION_DAYS * 86_400_000
/** Server keys may send history back to this time. */
export const HISTORY_START = '2000-01-01T00:00:00.000Z'
/** Query parameters that a stored URL keeps; all others are stripped. */
export const QUERY_PARAMETERS_KEPT = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'utm_id',
] as const

/** What an `interaction` may be. Here, because the tag checks names by it. */
export const INTERACTION_TYPES = [
  'page_view',
  'button_click',
  'form_submit',
  'scroll_depth',
  'time_on_page',
  'recommendation_view',
  'recommendation_click',
  'application_start',
  'application_complete',
  'share',
  'bookmark',
  'search',
  'filter',
  'outbound_click',
  'download',
  'custom',
] as const
