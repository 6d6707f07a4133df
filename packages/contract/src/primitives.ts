import { z } from 'zod'
import {
  FREE_FORM_BYTES_MAX,
  FREE_FORM_DEPTH_MAX,
  FREE_FORM_KEYS_MAX,
  ID_LENGTH_MAX,
  KEY_LENGTH_MAX,
  MESSAGE_LENGTH_MAX,
  NAME_LENGTH_MAX,
  TITLE_LENGTH_MAX,
  URL_LENGTH_MAX,
} from './limits.ts'

/** Ids that the sites choose: 1 to 128 characters. */
export const id = () => z.string().min(1).max(ID_LENGTH_MAX)

/** RFC 9562 UUID of any version, lower-cased; the nil and max UUIDs name nothing and are refused. */
export const uuid = () =>
  z
    .string()
    .regex(
      /^(?!0{8}-0{4}-0{4}-0{4}-0{12}$)(?!f{8}-f{4}-f{4}-f{4}-f{12}$)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
      'must be a UUID like 0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a5b',
    )
    .toLowerCase()

export const name = () => z.string().min(1).max(NAME_LENGTH_MAX)
export const title = () => z.string().max(TITLE_LENGTH_MAX)
export const message = () => z.string().max(MESSAGE_LENGTH_MAX)

/** Text that is cut at `max` characters, never in the middle of a character. */
export const cutText = (max: number) => z.string().transform((text) => cut(text, max))

/** An absolute http(s) URL or a path on the site; empty means absent, as `document.referrer` has it. */
export const url = () =>
  z
    .string()
    .max(URL_LENGTH_MAX)
    .refine((text) => text === '' || isHttpUrlOrPath(text), 'must be an http(s) URL or a path that starts with /')

/** RFC 3339 with a zone: `2026-11-23T09:00:00.000Z`. */
export const timestamp = () =>
  z.iso
    .datetime({ offset: true, error: 'must be an RFC 3339 time like 2026-11-23T09:00:00.000Z' })
    .meta({ column: 'time' })

/** A calendar day or an RFC 3339 time, in the years ClickHouse's DateTime64 holds. */
export const day = () =>
  z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'must be a date like 2026-11-23 or an RFC 3339 time',
    })
    .refine((text) => text >= '1900-01-02' && text < '2299', 'must be between the years 1900 and 2298')
    .meta({ column: 'time' })

/** Amounts of money; the largest is far beyond any salary and exact in a Float64. */
export const money = () => z.number().min(0).max(MONEY_MAX)
export const signedMoney = () => z.number().min(-MONEY_MAX).max(MONEY_MAX)
const MONEY_MAX = 1e12

/** ISO 4217 alphabetic code. */
export const currency = () => z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code like USD')

export const fraction = () => z.number().min(0).max(1)
export const percent = () => z.number().min(0).max(100)
export const rating = () => z.number().min(1).max(5)

/** Seconds; a billion of them (31 years) is the most. */
export const seconds = () => z.number().min(0).max(1e9)
/** Milliseconds, to the same bound as seconds. */
export const milliseconds = () => z.number().min(0).max(1e12)
export const count = () => z.int().min(0)
/** Zero or more of anything continuous (bytes, megabytes, cost). */
export const amount = () => z.number().min(0).max(1e15)

/**
 * Free-form JSON, an object or an array: {@link FREE_FORM_BYTES_MAX} bytes, {@link FREE_FORM_DEPTH_MAX} levels. Optional.
 * The row holds it as JSON text (the `column` mark says so), because keys that nobody controls must not become columns.
 */
export const freeForm = () =>
  z
    .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
    .superRefine((value, context) => {
      const problem = freeFormProblem(value)
      if (problem) context.addIssue({ code: 'custom', message: problem })
    })
    .optional()
    .meta({ column: 'json' })

/** Names with a number, boolean or null each: what was found and how sure, never the content itself. Optional. */
export const confidences = () =>
  z
    .record(
      z.string().min(1).max(KEY_LENGTH_MAX),
      z.union([z.number(), z.boolean(), z.null()], 'must be a number, boolean or null: content is not stored'),
    )
    .superRefine((value, context) => {
      const problem = freeFormProblem(value)
      if (problem) context.addIssue({ code: 'custom', message: problem })
    })
    .optional()
    .meta({ column: 'json' })

/** Cuts at `max` UTF-16 units, one less when that would split a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max)
}

/** What is wrong with a free-form value, or undefined. Walks with a bound, so that depth can't overflow the stack. */
export function freeFormProblem(value: unknown): string | undefined {
  let keys = 0
  const walk = (node: unknown, depth: number): string | undefined => {
    if (typeof node === 'number' && !Number.isFinite(node)) return 'must hold finite numbers only'
    if (typeof node !== 'object' || node === null) return undefined
    if (depth > FREE_FORM_DEPTH_MAX) return `must not nest deeper than ${FREE_FORM_DEPTH_MAX} levels`
    for (const [key, child] of Object.entries(node)) {
      keys += 1
      if (keys > FREE_FORM_KEYS_MAX) return `must not hold more than ${FREE_FORM_KEYS_MAX} keys and items`
      if (!Array.isArray(node) && (key === '' || key.length > KEY_LENGTH_MAX))
        return `must have keys of 1 to ${KEY_LENGTH_MAX} characters`
      const problem = walk(child, depth + 1)
      if (problem) return problem
    }
    return undefined
  }
  return (
    walk(value, 1) ??
    (utf8Length(JSON.stringify(value)) > FREE_FORM_BYTES_MAX
      ? `must not be larger than ${FREE_FORM_BYTES_MAX} bytes as JSON`
      : undefined)
  )
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}

function isHttpUrlOrPath(text: string): boolean {
  if (text.startsWith('/')) return !text.startsWith('//')
  return /^https?:\/\//i.test(text) && isUrl(text)
}

/** Not `URL.canParse`: once it is hot, Node 20's says no to hosts that are not ASCII. */
function isUrl(text: string): boolean {
  try {
    new URL(text)
    return true
  } catch {
    // That it throws is the answer.
    return false
  }
}
