/** Characters of a refused event that are kept. */
const PAYLOAD_LENGTH_MAX = 8_192

/**
 * What is kept of an event that could not be stored: its text, cut, without what names a person, holds their words, or leads back to
 * them (sessions, query strings). A value of the wrong shape is hidden like a right one: a number may be a user, too.
 */
export function payloadOf(input: unknown): string {
  return JSON.stringify(input, hide).slice(0, PAYLOAD_LENGTH_MAX).toWellFormed().replaceAll('\0', '')
}

function hide(key: string, value: unknown): unknown {
  if (value === null || value === '') return value
  if (hidden.has(key)) return '[hidden]'
  return urls.has(key) ? withoutQuery(value) : value
}

/** The URL without credentials, query and fragment; it may be no URL at all, which is why it is not parsed. */
function withoutQuery(value: unknown): string {
  return typeof value === 'string' ? value.replace(/[?#][\s\S]*$/, '').replace(/\/\/[^/]*@/, '//') : '[hidden]'
}

const hidden: ReadonlySet<string> = new Set([
  'user_id',
  'anonymous_id',
  'session_id',
  'ip_address',
  'file_name',
  'feedback_text',
  'element_text',
  'extracted_fields',
  'user_agent',
])

const urls: ReadonlySet<string> = new Set(['page_url', 'referrer', 'entry_page', 'exit_page'])
