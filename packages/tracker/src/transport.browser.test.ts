import type { Page } from 'playwright'
import { describe } from 'vitest'
import { QUEUE_BYTES_MAX } from './queue.ts'
import { type Answer, flush, type Host, hide, names, of, open, type Received, type Site, test } from './testing/site.ts'

const HOUR_MS = 3_600_000

/** Events `custom` by number, each a little padded. */
async function track(page: Page, from: number, to: number, padding = 10) {
  await page.evaluate(
    ([from, to, padding]) => {
      for (let n = from; n < to; n += 1)
        (window as never as Host).offertrail.track('n', { n, padding: 'x'.repeat(padding) })
    },
    [from, to, padding] as const,
  )
}

const numbers = (events: readonly Received[]) =>
  of(events, 'interaction/custom')
    .map((event) => Number(event.interaction_data?.n))
    .sort((a, b) => a - b)
const range = (to: number) => Array.from({ length: to }, (_, n) => n)
const quiet = { tag: 'data-auto=off' }

/** What the page's origin has stored under our names. */
const stored = (page: Page) =>
  page.evaluate(() =>
    Object.entries(localStorage)
      .filter(([key]) => key.startsWith('offertrail.queue.'))
      .map(([, value]) => String(value)),
  )

/** Every event's number is there once, from 0. */
const seqs = (site: Site) =>
  site
    .events()
    .map((event) => Number(event.seq))
    .sort((a, b) => a - b)

test.concurrent('what was made offline arrives once, in one session, when the network is back', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '', quiet)
  const page = await open(context, site.url)
  await context.setOffline(true)
  await track(page, 0, 300)
  await expect.poll(async () => (await stored(page)).join().includes('"n":299')).toBe(true)
  await context.setOffline(false)
  await expect.poll(() => numbers(site.events()), { timeout: 10_000 }).toEqual(range(300))
  expect(seqs(site)).toEqual(range(301)) // And the session_start.
  expect(new Set(site.events().map((event) => event.session_id)).size).toBe(1)
  await expect.poll(() => stored(page)).toEqual([]) // Nothing is left lying about.
})

test.concurrent('an answer that was lost is asked for again with the same events', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '', quiet)
  let cuts = 0
  site.answer(() => (cuts++ < 2 ? 'count-and-cut' : undefined))
  const page = await open(context, site.url)
  await track(page, 0, 5)
  await expect.poll(() => site.batches.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(3)
  await expect.poll(() => stored(page)).toEqual([])
  const ids = site.batches.map((batch) => batch.events.map((event) => event.event_id))
  expect(ids[1]).toEqual(ids[0])
  expect(numbers(site.events())).toEqual(range(5))
})

test.concurrent('Retry-After holds for all tabs and after a reload; nothing is lost meanwhile', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '', quiet)
  site.answer(() => ({ status: 503, headers: { 'retry-after': '3' } }))
  const page = await open(context, site.url)
  await track(page, 0, 3)
  await flush(page)
  expect(site.requests()).toBe(1)
  const asked = site.batches[0]?.at ?? 0
  site.answer(() => undefined)
  await page.reload()
  const other = await open(context, site.url)
  await track(other, 3, 5)
  await flush(other)
  await hide(other)
  await expect.poll(() => numbers(site.events()), { timeout: 15_000 }).toEqual(range(5))
  for (const batch of site.batches.slice(1)) expect(batch.at - asked).toBeGreaterThanOrEqual(2_990)
})

test.concurrent('a page that is left sends what it has; what its budget does not hold arrives with the next visit', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '', quiet)
  site.answer(() => (site.batches.length > 1 ? 'hang' : { status: 503, headers: { 'retry-after': '1' } }))
  const page = await open(context, site.url)
  await track(page, 0, 200, 1_000)
  await flush(page)
  expect(site.batches.length).toBe(1)
  await page.waitForTimeout(1_300) // The ban is over, its spread too.
  await page.goto('about:blank')
  await expect.poll(() => site.batches.length).toBeGreaterThan(1)
  await page.waitForTimeout(300)
  expect(site.batches.slice(1).reduce((bytes, batch) => bytes + batch.bytes, 0)).toBeLessThanOrEqual(65_536)
  site.answer(() => undefined)
  await open(context, site.url)
  await expect.poll(() => numbers(site.events()), { timeout: 15_000 }).toEqual(range(200))
})

test.concurrent('an event is stored before it is sent and gone only when a 2xx of ours was read', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '', quiet)
  const answers: Answer[] = [
    { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Sign in to the Wi-Fi</h1>' },
    { status: 202, body: '' },
    { status: 500 },
  ]
  site.answer(() => answers.shift())
  const page = await open(context, site.url)
  await track(page, 0, 1)
  await flush(page)
  expect((await stored(page)).join()).toContain('"n":0')
  await expect.poll(() => numbers(site.events()), { timeout: 20_000 }).toEqual([0])
  expect(site.batches.length).toBe(4)
})

describe('events that the collector does not take', () => {
  test.concurrent('named ones are dropped, counted and reported; the others stand', async ({
    site,
    context,
    expect,
  }) => {
    site.page('/', '', quiet)
    let first = true
    site.answer((batch) => {
      const index = batch.events.findIndex((event) => event.interaction_data?.n === 1)
      if (index < 0 || !first) return undefined
      first = false
      const rejected = [{ index, event_id: batch.events[index]?.event_id, errors: [{ path: '/x', message: 'no' }] }]
      return { status: 202, body: { accepted: batch.events.length - 1, duplicates: 0, rejected, warnings: [] } }
    })
    const page = await open(context, site.url)
    await track(page, 0, 3)
    await flush(page)
    expect(await stored(page)).toHaveLength(1) // The count is kept until it is reported.
    await track(page, 3, 4)
    await flush(page)
    expect(site.batches.map((batch) => batch.client)).toEqual([undefined, { dropped: 0, rejected: 1 }])
    expect(await stored(page)).toEqual([])
  })

  test.concurrent('an unnamed one is found by halving: it alone is lost', async ({ site, context, expect }) => {
    site.page('/', '', quiet)
    site.answer((batch) =>
      batch.events.some((event) => event.interaction_data?.n === 3) ? { status: 413 } : undefined,
    )
    const page = await open(context, site.url)
    await track(page, 0, 8)
    await expect.poll(() => numbers(site.events()), { timeout: 15_000 }).toEqual(range(8).filter((n) => n !== 3))
    await expect
      .poll(() => numbers(site.batches.flatMap((batch) => batch.events)).filter((n) => n === 3).length)
      .toBe(5) // Alone after 9 (session_start included), 5, 3 and 2.
    await track(page, 8, 9)
    await flush(page)
    expect(site.batches.at(-1)?.client).toEqual({ dropped: 0, rejected: 1 })
  })

  test.concurrent('one too large to send is dropped at once, and counted; so is what is no JSON', async ({
    site,
    context,
    expect,
  }) => {
    site.page('/', '', quiet)
    const page = await open(context, site.url)
    await track(page, 0, 1, 60_000)
    await page.evaluate(() => {
      const loop: Record<string, unknown> = {}
      loop.self = loop
      ;(window as never as Host).offertrail.track('loop', loop)
    })
    await track(page, 1, 2)
    await flush(page)
    expect(numbers(site.events())).toEqual([1])
    expect(site.batches[0]?.client).toEqual({ dropped: 2, rejected: 0 })
  })

  test.concurrent('an unknown key keeps everything and does not hammer', async ({ site, context, expect }) => {
    site.page('/', '', quiet)
    site.answer(() => ({ status: 401 }))
    const page = await open(context, site.url)
    await track(page, 0, 40)
    await flush(page)
    await flush(page)
    await hide(page)
    await page.waitForTimeout(500)
    expect(site.requests()).toBe(1)
    expect((await stored(page)).join()).toContain('"n":39')
  })
})

test.concurrent('a runaway loop is stopped, and the queue stays within its bounds', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '', quiet)
  site.answer(() => 'cut')
  const page = await open(context, site.url)
  await track(page, 0, 5_000, 1_000)
  await flush(page)
  const [queue = ''] = await stored(page)
  expect(queue.length).toBeLessThan(QUEUE_BYTES_MAX + 1_000)
  const { dropped, events } = JSON.parse(queue)
  // Of 5,000 events and a session_start, whatever is not kept is counted.
  expect(dropped + events.length).toBe(5_001)
  expect(events.at(-1).interaction_data.n).toBeLessThan(1_100)
})

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

test.concurrent('a browser killed with events queued delivers them on the next visit, at most seven days later', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '', quiet)
  site.page('/other', '', { tag: false })
  const page = await context.newPage()
  await page.goto(`${site.url}/other`)
  await page.evaluate((hour) => {
    const queue = (name: string, ageMs: number) => {
      const event = { event_id: name, type: 'interaction', timestamp: new Date(Date.now() - ageMs).toISOString() }
      const whole = { ...event, interaction_type: 'share', context: {} }
      localStorage.setItem(
        `offertrail.queue.${name}`,
        JSON.stringify({ dropped: 0, rejected: 0, alive: 0, events: [whole] }),
      )
    }
    queue('0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a01', 6 * 24 * hour)
    queue('0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a02', 8 * 24 * hour)
    localStorage.setItem('offertrail.queue.broken', '{"events":[')
  }, HOUR_MS)
  await page.goto(site.url)
  await expect
    .poll(() => site.events().map((event) => event.event_id), { timeout: 15_000 })
    .toEqual(['0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a01'])
  await track(page, 0, 1)
  await flush(page)
  expect(site.batches.some((batch) => batch.client?.dropped === 1)).toBe(true)
  await expect.poll(() => stored(page)).toEqual([])
})

test.concurrent('a policy that blocks the collector loses nothing', async ({ site, context, expect }) => {
  const endpoint = site.url.replace('localhost', '127.0.0.1')
  const tag = `data-auto=off data-endpoint="${endpoint}/api/analytics/events"`
  site.page('/blocked', '', { tag, headers: { 'content-security-policy': "connect-src 'self'" } })
  site.page('/free', '', { tag })
  const page = await open(context, `${site.url}/blocked`)
  await track(page, 0, 3)
  await flush(page)
  await hide(page)
  expect((await stored(page)).join()).toContain('"n":2')
  expect(site.requests()).toBe(0)
  await page.goto(`${site.url}/free`)
  await expect.poll(() => numbers(site.events()), { timeout: 15_000 }).toEqual(range(3))
})

describe('sessions', () => {
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
})
