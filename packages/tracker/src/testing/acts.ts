import type { BrowserContext, Page } from 'playwright'
import type { Offertrail } from '../index.ts'
import type { Received, Site } from './site.ts'

/** Opens a page of the site and waits for the tag. Errors of the page fail the test, unless it expects them. */
export async function open(context: BrowserContext, url: string, errors: string[] = []): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto(url)
  await page.waitForFunction(() => 'offertrail' in window && 'track' in (window.offertrail as object))
  return page
}

/** Goes away as a person does who switches to another tab: the page is told that it is hidden. */
export async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
    Object.defineProperty(document, 'hidden', { value: true, configurable: true })
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  })
}

export async function show(page: Page): Promise<void> {
  await page.evaluate(() => {
    Reflect.deleteProperty(document, 'visibilityState')
    Reflect.deleteProperty(document, 'hidden')
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  })
}

/** The tag's own methods, inside `page.evaluate`. */
export type Host = { offertrail: Offertrail }

/** Sends what waits. */
export async function flush(page: Page): Promise<void> {
  await page.evaluate(() => (window as never as Host).offertrail.flush())
}

/** Sends what waits, then gives what the collector counted, without what every page sends. */
export async function sent(site: Site, page: Page): Promise<Received[]> {
  await flush(page)
  return site
    .events()
    .filter((event) => !/^(session_start|web_vital)|time_on_page|page_view/.test(names([event])[0] ?? ''))
}

/** Short names of events: `interaction/page_view`, `web_vital/LCP`. */
export function names(events: readonly Received[]): string[] {
  return events.map((event) => {
    const kind =
      event.interaction_type ?? event.engagement_type ?? event.event_type ?? event.metric ?? event.feature_name
    return kind ? `${event.type}/${kind}` : event.type
  })
}

export function of(events: readonly Received[], name: string): Received[] {
  return events.filter((event) => names([event])[0] === name)
}

/** Events `custom` by number, each a little padded. */
export async function track(page: Page, from: number, to: number, padding = 10) {
  await page.evaluate(
    ([from, to, padding]) => {
      for (let n = from; n < to; n += 1)
        (window as never as Host).offertrail.track('n', { n, padding: 'x'.repeat(padding) })
    },
    [from, to, padding] as const,
  )
}

export const numbers = (events: readonly Received[]) =>
  of(events, 'interaction/custom')
    .map((event) => Number(event.interaction_data?.n))
    .sort((a, b) => a - b)
export const range = (to: number) => Array.from({ length: to }, (_, n) => n)
/** What the page's origin has stored under our names. */
export const stored = (page: Page) =>
  page.evaluate(() =>
    Object.entries(localStorage)
      .filter(([key]) => key.startsWith('offertrail.queue.'))
      .map(([, value]) => String(value)),
  )

/** Every event's number is there once, from 0. */
export const seqs = (site: Site) =>
  site
    .events()
    .map((event) => Number(event.seq))
    .sort((a, b) => a - b)
