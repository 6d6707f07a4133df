import type { BrowserContext, Page } from 'playwright'
import { expect } from 'vitest'
import type { Site } from './site.ts'
import { until } from './until.ts'
import { arrived, mark, revive, waiting } from './visitor.ts'
import { card, click, count, type Did, jobOf, openCard, seeSlate, shares, view, type Walk } from './walk.ts'

/** Everything typed or chosen that must never reach the database, and the marks of query strings. */
export const secrets = {
  search: 'zebrafish',
  file: 'Jane-Quillfeather-Resume.txt',
  name: 'Quillfeather',
  email: 'jane.q@mailbox.example',
  phone: '+1 503 555 0142',
  letter: 'because marmalade',
  resume: 'Underwater Basketry',
}
export const needles = [
  ...Object.values(secrets),
  'Jane',
  'marmalade',
  'mailbox.example',
  '5550142',
  '?',
  'rec=',
  'job_id=',
  'q=',
]

export const resumeText = `Jane ${secrets.name}
Frontend Engineer
${secrets.email}

5 years of work: TypeScript, React, CSS, SQL, Testing. ${secrets.resume}.
University of Oregon, Bachelor of Arts`

/** Walks through the demo as one person, step by step, and tells what was done. Resolves when ClickHouse has been told all of it. */
export async function takeVisit(site: Site, context: BrowserContext): Promise<Did> {
  const did: Did = {
    pages: [],
    interactions: [],
    engagements: [],
    viewed: new Set(),
    slates: [],
    applied: '',
    loads: [],
    restored: [],
    requestsBeforeConsent: 0,
    parsed: { confidence: Number.NaN, processing_time: Number.NaN },
    userId: '',
    calculations: 0,
  }
  const walk = { page: await context.newPage(), site, did }
  await decide(walk)
  await search(walk)
  await lookAtRecommendations(walk)
  await goBackAndForth(walk)
  await uploadResumes(walk)
  await signIn(walk)
  await apply(walk)
  await calculate(walk)
  await goOffline(walk)
  await settle(walk, await comeBackInAnotherTab(walk))
  return did
}

/** A consent banner: looks around first, then says yes. */
async function decide({ page, site, did }: Walk) {
  const early: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/api/analytics/')) early.push(request.url())
  })
  await page.goto(`${site.demo}/`)
  await arrived(page, 'home')
  await page.mouse.wheel(0, 400)
  await page.waitForTimeout(500)
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([])
  did.requestsBeforeConsent = early.length
  await page.getByRole('button', { name: 'Accept all' }).click()
  view(did, '/demo/', 'load')
}

/** Searches from the home page for what is not there, then on the page itself, with a filter, and opens a result. */
async function search({ page, did }: Walk) {
  await page.locator('#home_search input').fill(secrets.search)
  await page.locator('#home_search button').click()
  await arrived(page, 'jobs')
  view(did, '/demo/jobs', 'load')
  did.interactions.push('search /demo/jobs {"results":0,"filters":[]}')

  const results = page.locator('#results')
  await page.locator('#search_form input').fill('engineer')
  await page.locator('#search_form button').click()
  await until(
    () => results.textContent(),
    (value) => expect(value).toBe('11 jobs'),
  )
  did.interactions.push('search /demo/jobs {"results":11,"filters":[]}')
  await page.locator('#search_form select[name=field]').selectOption('Data')
  await until(
    () => results.textContent(),
    (value) => expect(value).toBe('3 jobs'),
  )
  did.interactions.push('search /demo/jobs {"results":3,"filters":["field"]}')

  await page.getByRole('link', { name: 'Analytics Engineer' }).click()
  await arrived(page, 'job')
  click(did, '/demo/jobs', '"Analytics Engineer"', '/demo/jobs/analytics-engineer-tally')
  view(did, '/demo/jobs/analytics-engineer-tally')
}

/** Looks at the recommendations for more than a second, saves one, opens another, and goes back and forth by script. */
async function lookAtRecommendations({ page, site, did }: Walk) {
  let since = Date.now()
  await page.locator('#nav_recommended').click()
  click(did, '/demo/jobs/analytics-engineer-tally', '#nav_recommended "For you"', '/demo/recommended')
  view(did, '/demo/recommended')
  const slate = await seeSlate({ page, site, did }, since)
  did.slates.push(slate)

  const [first = '', second = ''] = slate
  await page.locator(card(second)).getByRole('button', { name: 'Save' }).click()
  did.interactions.push(`bookmark /demo/recommended {"job_id":"${await jobOf(page, second)}"}`)
  did.engagements.push(`saved ${second}`)

  const job = await openCard({ page, site, did }, first)
  since = Date.now()
  await page.goBack()
  await arrived(page, 'recommended')
  view(did, '/demo/recommended')
  expect(await seeSlate({ page, site, did }, since)).toEqual(slate)
  await page.goForward()
  await arrived(page, 'job')
  view(did, `/demo/jobs/${job}`)
}

/** Rounds until both pages came out of the back/forward cache: a browser short of memory empties it. */
const ROUNDS_MAX = 8

/** Loads another page and returns, until both ways the page came out of the back/forward cache. */
async function goBackAndForth({ page, did }: Walk) {
  const job = new URL(page.url()).pathname
  await mark(page)
  await page.locator('#nav_resume').click()
  await arrived(page, 'resume')
  click(did, job, '#nav_resume "Resume"', '/demo/resume')
  view(did, '/demo/resume', 'load')
  let revived = { back: false, forth: false }
  for (let round = 0; round < ROUNDS_MAX && !(revived.back && revived.forth); round += 1) {
    const back = await revive(page, 'goBack', 'job')
    view(did, job, back ? 'restored' : 'load')
    const forth = await revive(page, 'goForward', 'resume')
    view(did, '/demo/resume', forth ? 'restored' : 'load')
    revived = { back: revived.back || back, forth: revived.forth || forth }
  }
  expect(revived).toEqual({ back: true, forth: true })
}

/** One resume that can be read and a picture that can't, while the engine is gone. */
async function uploadResumes({ page, site, did }: Walk) {
  site.killEngine()
  const input = page.locator('#resume_file')
  const state = page.locator('#resume_state')
  const answered = page.waitForResponse('**/demo/api/resumes')
  await input.setInputFiles({ name: secrets.file, mimeType: 'text/plain', buffer: Buffer.from(resumeText) })
  await until(
    () => state.textContent(),
    (value) => expect(value).toContain('Done'),
  )
  did.parsed = await (await answered).json()
  const picture = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])
  await input.setInputFiles({ name: `${secrets.name}.png`, mimeType: 'image/png', buffer: picture })
  await until(
    () => state.textContent(),
    (value) => expect(value).toContain('No text was found'),
  )
}

async function signIn({ page, did }: Walk) {
  const answered = page.waitForResponse('**/demo/api/sign-in')
  await page.locator('#account').click()
  await page.locator('#sign_in input').fill(`Jane ${secrets.name}`)
  await page.locator('#sign_in button[value=ok]').click()
  did.userId = (await (await answered).json()).user_id
  await until(
    () => page.locator('#account').textContent(),
    (value) => expect(value).toContain('Sign out'),
  )
}

/** Opens a recommendation made from the resume, and applies. */
async function apply({ page, site, did }: Walk) {
  const since = Date.now()
  await page.locator('#resume_recommended').click()
  click(did, '/demo/resume', '#resume_recommended "See my recommendations"', '/demo/recommended')
  view(did, '/demo/recommended')
  const slate = await seeSlate({ page, site, did }, since)
  did.slates.push(slate)
  did.applied = slate[1] ?? ''
  const job = await openCard({ page, site, did }, did.applied)

  await page.locator('#apply').click()
  did.interactions.push(`application_start /demo/jobs/${job} #apply {"job_id":"${job}"}`)
  await arrived(page, 'apply')
  view(did, `/demo/jobs/${job}/apply`, 'load')
  await until(
    () => page.locator('[name=application_id]').inputValue(),
    (value) => expect(value).not.toBe(''),
  )
  await page.locator('[name=full_name]').fill(`Jane ${secrets.name}`)
  await page.locator('[name=email]').fill(secrets.email)
  await page.locator('[name=phone]').fill(secrets.phone)
  await page.locator('[name=letter]').fill(secrets.letter)
  await page.locator('#send_application').click()
  did.interactions.push(
    `button_click /demo/jobs/${job}/apply #send_application "Send application"`,
    `form_submit /demo/jobs/${job}/apply #application_form`,
  )
  await arrived(page, 'applied')
  view(did, '/demo/applied', 'load')
  did.interactions.push(`application_complete /demo/applied {"job_id":"${job}"}`)
  did.engagements.push(`applied ${did.applied}`)
}

async function calculate({ page, did }: Walk) {
  await page.locator('#nav_salary').click()
  await arrived(page, 'salary')
  click(did, '/demo/applied', '#nav_salary "Salaries"', '/demo/salary')
  view(did, '/demo/salary')
  for (const field of ['Data', 'Health']) {
    const before = await page.locator('#salary_result').textContent()
    await page.locator('#salary_form [name=field]').selectOption(field)
    await page.locator('#salary_form button').click()
    await until(
      () => page.locator('#salary_result').textContent(),
      (value) => expect(value).not.toBe(before),
    )
    did.calculations += 1
  }
}

/** The network goes; what is done meanwhile waits, and arrives when it is back. */
async function goOffline({ page, site, did }: Walk) {
  const job = '/demo/jobs/electrician-brightline'
  await page.goto(`${site.demo}/jobs/electrician-brightline`)
  await arrived(page, 'job')
  view(did, job, 'load')
  let failed = 0
  page.on('requestfailed', (request) => {
    if (request.url().includes('/api/analytics/')) failed += 1
  })
  await page.context().setOffline(true)
  await page.locator('[data-save]').click()
  await page.locator('#share').click()
  const data = '{"job_id":"electrician-brightline"}'
  did.interactions.push(`bookmark ${job} ${data}`, `share ${job} #share ${data}`)
  await until(
    () => waiting(page),
    (value) => expect(value).toContain('"share"'),
  )
  await until(
    () => failed,
    (value) => expect(value).toBeGreaterThan(0),
  )
  expect(await shares(site)).toBe(0)
  await page.context().setOffline(false)
  await until(
    () => shares(site),
    (value) => expect(value).toBe(1),
  )
}

/** The tab is closed while events wait; another tab of the same browser brings them. */
async function comeBackInAnotherTab({ page, site, did }: Walk): Promise<Page> {
  const context = page.context()
  await context.setOffline(true)
  await page.locator('#share').click()
  did.interactions.push('share /demo/jobs/electrician-brightline #share {"job_id":"electrician-brightline"}')
  await until(
    () => waiting(page),
    (value) => expect(value).toContain('"share"'),
  )
  await page.close()
  await context.setOffline(false)
  const next = await context.newPage()
  await next.goto(`${site.demo}/saved`)
  await arrived(next, 'saved')
  view(did, '/demo/saved', 'load')
  await until(
    () => shares(site),
    (value) => expect(value).toBe(2),
  )
  return next
}

/** Until the browser has nothing left to tell, the demo's server neither, and ClickHouse has all of it. */
async function settle({ site }: Walk, page: Page) {
  await page.evaluate(() => (window as never as { offertrail: { flush: () => Promise<void> } }).offertrail.flush())
  await until(
    () => waiting(page),
    (value) => expect(value).toBe(''),
  )
  await until(
    () => count(site, 'api_performance'),
    (value) => expect(value).toBe(8),
  )
  expect(await site.collector.drain(30_000)).toBe(true)
}
