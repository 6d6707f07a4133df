import type { Page } from 'playwright'
import { flush, type Host, names, numbers, of, open, range, seqs, stored, track } from './testing/acts.ts'
import { test } from './testing/site.ts'

const HOUR_MS = 3_600_000
const quiet = { tag: 'data-auto=off' }

test.concurrent('five tabs number one session without gap or repeat; a tab that crashes leaves its events to exactly one other', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '', quiet)
  site.answer(() => 'cut')
  const pages = await Promise.all(range(5).map(() => open(context, site.url)))
  for (const round of range(4))
    await Promise.all(pages.map((page, tab) => track(page, tab * 20 + round * 5, tab * 20 + round * 5 + 5)))
  await expect.poll(async () => (await stored(pages[0] as Page)).join().split('"n":').length - 1).toBe(100)
  const victim = pages[4] as Page
  const crashed = new Promise((done) => victim.once('crash', done))
  const devtools = await context.newCDPSession(victim)
  devtools.send('Page.crash').catch(() => {}) // Nobody is left to answer.
  await crashed
  const before = site.batches.length
  site.answer(() => undefined)
  for (const page of pages.slice(0, 4)) await page.evaluate(() => dispatchEvent(new Event('online')))
  await expect.poll(() => numbers(site.events()), { timeout: 25_000 }).toEqual(range(100))
  expect(seqs(site)).toEqual(range(101))
  const adopted = site.batches.slice(before).flatMap((batch) => numbers(batch.events).filter((n) => n >= 80))
  expect(adopted.sort()).toEqual(range(20).map((n) => n + 80)) // Two adopters would have sent them twice.
  expect(of(site.events(), 'session_start')).toHaveLength(1)
  await expect.poll(() => stored(pages[0] as Page)).toEqual([])
}, 60_000)

test.concurrent('one session across tabs and reloads; a new one after 30 minutes without activity in any of them', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '')
  const first = await open(context, site.url)
  const second = await open(context, site.url)
  await flush(first)
  await flush(second)
  expect(of(site.events(), 'session_start')).toHaveLength(1)
  expect(new Set(site.events().map((event) => `${event.session_id} ${event.anonymous_id}`)).size).toBe(1)
  // Half an hour later: what nobody did belongs to no session, what somebody did starts another.
  await first.evaluate((ms) => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + ms
    setTimeout(() => {
      throw new Error('in the background')
    })
  }, HOUR_MS)
  await first.waitForTimeout(50)
  await track(first, 0, 1)
  await flush(first)
  const [error] = of(site.events(), 'error')
  expect(error?.session_id).toBeUndefined()
  expect(error?.seq).toBeUndefined()
  const starts = of(site.events(), 'session_start')
  expect(starts.map((event) => event.seq)).toEqual([0, 0])
  const [event] = of(site.events(), 'interaction/custom')
  expect(event).toMatchObject({ session_id: starts[1]?.session_id, anonymous_id: starts[0]?.anonymous_id, seq: 1 })
  // A tab that slept through it goes on with the session of the others.
  await second.evaluate((ms) => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + ms
  }, HOUR_MS)
  await track(second, 1, 2)
  await flush(second)
  expect(of(site.events(), 'interaction/custom')[1]).toMatchObject({ session_id: starts[1]?.session_id, seq: 2 })
})

test.concurrent('identify lasts over pages until reset, which makes another person of the browser', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '', quiet)
  const page = await open(context, site.url)
  await track(page, 0, 1)
  await page.evaluate(() => (window as never as Host).offertrail.identify('u1'))
  await track(page, 1, 2)
  await page.reload()
  await track(page, 2, 3)
  const ids = await page.evaluate(() => (window as never as Host).offertrail.ids())
  await page.evaluate(() => (window as never as Host).offertrail.reset())
  await track(page, 3, 4)
  await flush(page)
  await expect.poll(() => numbers(site.events()), { timeout: 15_000 }).toEqual(range(4))
  const events = of(site.events(), 'interaction/custom').sort(
    (a, b) => Number(a.interaction_data?.n) - Number(b.interaction_data?.n),
  )
  expect(events.map((event) => event.user_id)).toEqual([undefined, 'u1', 'u1', undefined])
  expect(new Set(events.slice(0, 3).map((event) => event.session_id))).toEqual(new Set([ids?.session_id]))
  expect(events[3]?.session_id).not.toBe(ids?.session_id)
  expect(events[3]?.anonymous_id).not.toBe(ids?.anonymous_id)
  expect(names(site.events()).filter((name) => name === 'session_start')).toHaveLength(2)
})
