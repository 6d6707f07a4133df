import { MESSAGE_LENGTH_MAX, NAME_LENGTH_MAX } from '@offertrail/contract/limits'
import { type Page, STRAY } from '../types.ts'

/** A page that fails over and over tells it so many times. */
const ERRORS_MAX = 10
const STACK_CUT = 4_000

/** `error`: uncaught errors and rejections, each fault once a page. */
export function captureErrors({ emit, listen }: Page) {
  const told = new Set<string>()
  const tell = (error: unknown, text: string, place: string) => {
    const { name, message, stack } = (error ?? {}) as Partial<Error>
    const error_type = String(name || 'Error').slice(0, NAME_LENGTH_MAX)
    const error_message = scrub(String(message || text || error)).slice(0, MESSAGE_LENGTH_MAX)
    const stack_trace = scrub(String(stack || place)).slice(0, STACK_CUT)
    // Numbers in a message (ids, times) don't make it another fault; the first place in the code does.
    const fingerprint = hash(error_type + error_message.replace(/\d+/g, '') + /(?:at |@).*/.exec(stack_trace))
    if (told.has(fingerprint) || told.size >= ERRORS_MAX) return
    told.add(fingerprint)
    emit('error', { error_type, error_message, stack_trace, severity: 'medium', fingerprint }, STRAY)
  }
  listen(window, 'error', (event: ErrorEvent) => {
    if (event.target === window) tell(event.error, event.message, `${event.filename}:${event.lineno}:${event.colno}`)
  })
  listen(window, 'unhandledrejection', ({ reason }: PromiseRejectionEvent) => tell(reason, '', ''))
}

/** Takes queries, fragments and mail addresses out of text that may quote them. */
export function scrub(text: string): string {
  return text.replace(/(https?:\/\/[^\s?#]+)[?#][^\s:)'"]*/g, '$1').replace(/[\w.+-]+@[\w-]+(\.[\w-]+)+/g, '[email]')
}

/** FNV-1a, 32 bits: names a fault, proves nothing. */
export function hash(text: string): string {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, '0')
}
