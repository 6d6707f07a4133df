/// <reference lib="dom" />
import { launchChromium } from '@offertrail/dev/chromium'
import type { Browser, BrowserContext, Page } from 'playwright'
import { expect } from 'vitest'
import { until } from './until.ts'

const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** A browser as people have it: not one that says it is automated, and with a back/forward cache. */
export async function openBrowser(): Promise<{ browser: Browser; context: BrowserContext }> {
  const browser = await launchChromium({
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    // Set for the whole browser: what a page sends as it goes does not carry the context's setting.
    args: [`--user-agent=${userAgent}`],
  })
  const context = await browser.newContext({
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    viewport: { width: 1_280, height: 860 },
    locale: 'en-US',
    timezoneId: 'America/New_York',
  })
  await context.addInitScript(() => {
    const shown: boolean[] = []
    Object.assign(window, { shown })
    addEventListener('pageshow', ({ persisted }) => shown.push(persisted))
  })
  return { browser, context }
}

/** Resolves when the page is the one named, and the tag in it looks at what is done. */
export async function arrived(page: Page, name: string): Promise<void> {
  await page.locator(`main[data-page=${name}]`).waitFor()
  await page.waitForFunction(() => 'track' in (window as never as { offertrail: object }).offertrail)
}

/** Leaves a mark in the page's memory: only the back/forward cache keeps it. */
export async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { marked: true }))
}

/** Goes back or forth to a page that was marked. Says whether it came out of the back/forward cache, alive as it was left. */
export async function revive(page: Page, direction: 'goBack' | 'goForward', name: string): Promise<boolean> {
  await mark(page)
  await page[direction]({ waitUntil: 'commit' })
  await arrived(page, name)
  const isMarked = await page.evaluate(() => 'marked' in window)
  const persisted = () => page.evaluate(() => (window as never as { shown: boolean[] }).shown.at(-1))
  await until(persisted, (value) => expect(value).toBe(isMarked))
  return isMarked
}

/** The ids of the cards on the page, in their order, and of those that are half visible or more. */
export function cardsOf(page: Page): Promise<{ all: string[]; visible: string[] }> {
  return page.evaluate(() => {
    const cards = [...document.querySelectorAll<HTMLElement>('[data-offertrail-recommendation]')]
    const id = (card: HTMLElement) => card.dataset.offertrailRecommendation ?? ''
    const isVisible = (card: HTMLElement) => {
      const { top, bottom, height } = card.getBoundingClientRect()
      return Math.min(bottom, innerHeight) - Math.max(top, 0) >= height / 2
    }
    return { all: cards.map(id), visible: cards.filter(isVisible).map(id) }
  })
}

/** What waits in the browser's storage to be acknowledged, as text, over all tabs that ever were. */
export function waiting(page: Page): Promise<string> {
  return page.evaluate(() =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith('offertrail.queue.'))
      .map((key) => JSON.stringify(JSON.parse(localStorage.getItem(key) ?? '{}').events ?? []))
      .filter((events) => events !== '[]')
      .join(),
  )
}
