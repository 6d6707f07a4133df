/** What people's browsers and robots call themselves. */
export const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
export const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'
export const robot = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

/** The day most tests play on. */
export const DAY = '2026-03-10'

export const ada = '00000000-0000-4000-8000-0000000000aa'
export const ben = '00000000-0000-4000-8000-0000000000bb'

let made = 0

/** An event with an id of its own. `at` is a time of {@link DAY} like `09:30:00`, or a whole RFC 3339 time. */
export function event(type: string, at: string, fields: object = {}): Record<string, unknown> {
  made += 1
  return { event_id: idOf(made), type, timestamp: timeOf(at), ...fields }
}

export function pageView(at: string, fields: object = {}): Record<string, unknown> {
  return event('interaction', at, { interaction_type: 'page_view', ...fields })
}

/** The `n`th id: ids are in the order of their numbers. */
export function idOf(n: number): string {
  return `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

export function timeOf(at: string): string {
  return at.includes('T') ? at : `${DAY}T${at.length === 8 ? `${at}.000` : at}Z`
}
