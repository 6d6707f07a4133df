import { describe } from 'vitest'
import { QUEUE_BYTES_MAX } from './queue.ts'
import { flush, type Host, hide, numbers, open, range, seqs, stored, track } from './testing/acts.ts'
import { type Answer, test } from './testing/site.ts'

const HOUR_MS = 3_600_000

const quiet = { tag: 'data-auto=off' }

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
    await flush(page)
    expect(site.batches.flatMap((batch) => batch.client ?? [])).toEqual([{ dropped: 0, rejected: 1 }])
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
  expect(dropped).toBeGreaterThan(3_000) // 1,000 at once, 10 a second: however slow this machine is.
})

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
