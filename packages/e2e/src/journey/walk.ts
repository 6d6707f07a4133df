import type { Page } from 'playwright'
import { expect } from 'vitest'
import type { Site } from './site.ts'
import { until } from './until.ts'
import { arrived, cardsOf } from './visitor.ts'

/** What a person did, as it should be told. */
export interface Did {
  /** Paths of the pages seen, in order. */
  pages: string[]
  /** Lines as `interactionLine` writes them. */
  interactions: string[]
  engagements: string[]
  viewed: Set<string>
  slates: string[][]
  /** The recommendation that led to the application. */
  applied: string
  /** Paths of whole page loads, and of returns from the back/forward cache. */
  loads: string[]
  restored: string[]
  requestsBeforeConsent: number
  /** What the server answered to the resume. */
  parsed: { confidence: number; processing_time: number }
  userId: string
  calculations: number
}

/** Who walks, where, and what was done so far. */
export interface Walk {
  page: Page
  site: Site
  did: Did
}

/**
 * The cards of the recommended page, once those in sight were looked at for a second and that was told.
 * @param since milliseconds since 1970 before the person went there, after any look at the same cards before
 */
export async function seeSlate({ page, site, did }: Walk, since: number): Promise<string[]> {
  await arrived(page, 'recommended')
  await page.locator('.rec').first().waitFor()
  const { all, visible } = await cardsOf(page)
  did.engagements.push(...all.map((id) => `impression ${id}`))
  for (const id of visible) did.viewed.add(id)
  const seen = `engagement_type = 'viewed' AND timestamp >= fromUnixTimestamp64Milli(${since})`
  const ids = () => site.ask(`SELECT DISTINCT recommendation_id AS id FROM recommendation_engagement WHERE ${seen}`)
  await until(ids, (found) => expect(found.map(({ id }) => String(id)).sort()).toEqual([...visible].sort()))
  return all
}

/** Opens the job of a card by its title. @returns the job's id */
export async function openCard({ page, did }: Walk, id: string): Promise<string> {
  const job = await jobOf(page, id)
  const link = page.locator(`${card(id)} h3 a`)
  const title = await link.textContent()
  await link.click()
  await arrived(page, 'job')
  click(did, '/demo/recommended', `"${title}"`, `/demo/jobs/${job}`)
  did.engagements.push(`clicked ${id}`)
  view(did, `/demo/jobs/${job}`)
  return job
}

/** The id of the job on a card. */
export async function jobOf(page: Page, id: string): Promise<string> {
  return String(await page.locator(card(id)).getAttribute('data-job'))
}

/** The selector of a card. */
export function card(id: string): string {
  return `[data-offertrail-recommendation="${id}"]`
}

/** Notes a page view: a whole load, a return from the cache, or a route. */
export function view(did: Did, path: string, how?: 'load' | 'restored') {
  did.pages.push(path)
  did.interactions.push(`page_view ${path}`)
  if (how === 'load') did.loads.push(path)
  if (how === 'restored') did.restored.push(path)
}

/** Notes a click on a link. */
export function click(did: Did, path: string, what: string, target: string) {
  did.interactions.push(`button_click ${path} ${what} {"url":"${target}"}`)
}

/** Rows of a table. */
export async function count(site: Site, table: string, where = '1') {
  const [row] = await site.ask(`SELECT count() AS rows FROM ${table} WHERE ${where}`)
  return row?.rows
}

/** How often the share button's clicks have arrived. */
export const shares = (site: Site) => count(site, 'user_interactions', `interaction_type = 'share'`)
