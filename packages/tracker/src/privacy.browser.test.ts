import type { BrowserContext, Page } from 'playwright'
import { describe } from 'vitest'
import { flush, type Host, hide, names, of, open } from './testing/acts.ts'
import { test } from './testing/site.ts'

/** Everything a page of the site could find again: storage keys, databases, cookies. */
async function traces(page: Page): Promise<string[]> {
  const inPage = await page.evaluate(async () => [
    ...Object.keys(localStorage),
    ...Object.keys(sessionStorage),
    ...(await indexedDB.databases()).map((database) => `database ${database.name}`),
  ])
  return [...inPage, ...(await page.context().cookies()).map((cookie) => `cookie ${cookie.name}`)]
}

const consent = (page: Page, answer: Parameters<Host['offertrail']['consent']>[0]) =>
  page.evaluate((answer) => (window as never as Host).offertrail.consent(answer), answer)

const track = (page: Page, name: string) =>
  page.evaluate((name) => (window as never as Host).offertrail.track(name), name)

function signal(context: BrowserContext, name: 'globalPrivacyControl' | 'doNotTrack', value: unknown) {
  return context.addInitScript(
    ([name, value]) => Object.defineProperty(Navigator.prototype, name, { get: () => value }),
    [name, value] as const,
  )
}

describe('opt-in', () => {
  test.concurrent('before the answer nothing is stored and nothing sent; then what happened meanwhile is', async ({
    site,
    context,
    expect,
  }) => {
    site.page('/', '<button id=b>B</button>', { tag: 'data-consent=required data-user=u1' })
    const page = await open(context, site.url)
    await track(page, 'share')
    await page.click('#b')
    await hide(page)
    await flush(page)
    await page.waitForTimeout(500)
    expect(site.requests()).toBe(0)
    expect(await traces(page)).toEqual([])
    await consent(page, { personalization: true }) // Not an answer to the question.
    expect(site.requests()).toBe(0)
    await consent(page, { analytics: true, source: 'banner', policy_version: '7' })
    await flush(page)
    const told = names(site.events()).filter((name) => !name.startsWith('web_vital'))
    expect(told).toEqual(['session_start', 'interaction/share', 'interaction/page_view', 'consent'])
    const [answer] = of(site.events(), 'consent')
    expect(answer).toMatchObject({
      purposes: { analytics: true, personalization: true },
      source: 'banner',
      policy_version: '7',
      user_id: 'u1',
      context: { consent: { analytics: true, personalization: true } },
    })
    // The answer holds on the next page, and saying it again is no change.
    await page.reload()
    await page.waitForFunction(() => 'offertrail' in window)
    await consent(page, { analytics: true })
    await flush(page)
    expect(of(site.events(), 'interaction/page_view')).toHaveLength(2)
    expect(of(site.events(), 'consent')).toHaveLength(1)
  })

  test.concurrent('a refusal leaves nothing but itself, is not told anybody, and is remembered', async ({
    site,
    context,
    expect,
  }) => {
    site.page('/', '', { tag: 'data-consent=required' })
    const page = await open(context, site.url)
    await track(page, 'share')
    await consent(page, { analytics: false })
    await track(page, 'share')
    await flush(page)
    await page.reload()
    await page.waitForFunction(() => 'offertrail' in window)
    await hide(page)
    await page.waitForTimeout(300)
    expect(site.requests()).toBe(0)
    expect(await traces(page)).toEqual(['offertrail.consent'])
  })
})

describe('withdrawal', () => {
  test.concurrent('stops, aborts and purges at once; the last event says so and is stored nowhere', async ({
    site,
    context,
    expect,
  }) => {
    site.page('/', '')
    const page = await open(context, site.url)
    await page.evaluate(() => (window as never as Host).offertrail.identify('u1'))
    await flush(page)
    const known = await page.evaluate(() => (window as never as Host).offertrail.ids())
    site.answer((batch) => (batch.events.some((event) => event.type === 'consent') ? undefined : 'hang'))
    await track(page, 'share')
    page.evaluate(() => (window as never as Host).offertrail.flush()).catch(() => {}) // In flight, never answered.
    await expect.poll(() => names(site.batches.flatMap((batch) => batch.events))).toContain('interaction/share')
    await track(page, 'bookmark')
    const keys = await page.evaluate(() => {
      ;(window as never as Host).offertrail.consent({ analytics: false })
      return Object.keys(localStorage) // In the same task.
    })
    expect(keys).toEqual(['offertrail.consent'])
    await track(page, 'search')
    await expect.poll(() => names(site.events())).toContain('consent')
    await hide(page)
    await flush(page)
    await page.waitForTimeout(300)
    const received = site.batches.flatMap((batch) => batch.events)
    expect(names(received)).not.toContain('interaction/bookmark')
    expect(names(received)).not.toContain('interaction/search')
    const [last] = of(site.events(), 'consent')
    expect(last).toMatchObject({ purposes: { analytics: false }, user_id: 'u1', anonymous_id: known?.anonymous_id })
    expect(last?.context).toMatchObject({ consent: { analytics: false } })
    expect(last?.seq).toBeUndefined()
    await expect.poll(() => traces(page)).toEqual(['offertrail.consent'])
  })

  test.concurrent('in one tab silences the others; a new yes makes a new person', async ({ site, context, expect }) => {
    site.page('/', '')
    const one = await open(context, site.url)
    const other = await open(context, site.url)
    const before = await other.evaluate(() => (window as never as Host).offertrail.ids())
    await flush(one)
    await consent(one, { analytics: false })
    await expect.poll(() => other.evaluate(() => (window as never as Host).offertrail.ids())).toEqual({})
    await track(other, 'share')
    await flush(other)
    expect(names(site.events())).not.toContain('interaction/share')
    expect(of(site.events(), 'consent')).toHaveLength(1)
    await consent(one, { analytics: true })
    await track(one, 'bookmark')
    await flush(one)
    const [event] = of(site.events(), 'interaction/bookmark')
    expect(event?.anonymous_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(event?.anonymous_id).not.toBe(before?.anonymous_id)
  })
})

for (const [name, value] of [
  ['globalPrivacyControl', true],
  ['doNotTrack', '1'],
] as const) {
  test.concurrent(`${name} means events without any identifier, and nothing stored`, async ({
    site,
    context,
    expect,
  }) => {
    for (const path of ['/', '/private']) site.page(path, '<button id=b>B</button>', { tag: 'data-user=u1' })
    const before = await open(context, site.url)
    await flush(before)
    expect((await traces(before)).length).toBeGreaterThan(0)
    const known = JSON.stringify(await before.evaluate(() => (window as never as Host).offertrail.ids()))
    await before.close()
    await signal(context, name, value) // Switched on by somebody we knew.
    site.answer((batch) =>
      batch.events.some((event) => event.interaction_type === 'share')
        ? undefined
        : { status: 503, headers: { 'retry-after': '1' } },
    )
    const page = await open(context, `${site.url}/private`)
    await page.evaluate(() => (window as never as Host).offertrail.identify('u2'))
    await page.click('#b')
    await track(page, 'share')
    await page.evaluate(() =>
      (window as never as Host).offertrail.event('ab_assignment', {
        test_id: 't',
        variant_id: 'v',
        user_id: 'u3',
      } as never),
    )
    await page.waitForTimeout(300)
    expect(await traces(page)).toEqual([])
    await flush(page)
    await expect.poll(() => names(site.events()), { timeout: 10_000 }).toContain('interaction/share')
    await hide(page)
    expect(await traces(page)).toEqual([])
    const received = site.batches
      .flatMap((batch) => batch.events)
      .filter((event) => event.page_url?.endsWith('/private'))
    for (const event of received) {
      const { user_id, anonymous_id, session_id, seq } = event
      expect([user_id, anonymous_id, session_id, seq]).toEqual([undefined, undefined, undefined, undefined])
      expect(event.context.consent).toEqual({ analytics: false })
    }
    for (const id of Object.values(JSON.parse(known) as Record<string, string>))
      expect(JSON.stringify(received)).not.toContain(id)
    expect(await page.evaluate(() => (window as never as Host).offertrail.ids())).toEqual({})
  })
}

test.concurrent("the browser's signal outweighs a yes, and optOut works on top of it", async ({
  site,
  context,
  expect,
}) => {
  await signal(context, 'globalPrivacyControl', true)
  site.page('/', '', { tag: 'data-consent=required' })
  const page = await open(context, site.url)
  await page.evaluate(() => (window as never as Host).offertrail.optIn())
  await track(page, 'share')
  await flush(page)
  const told = names(site.events()).filter((name) => !name.startsWith('web_vital'))
  expect(told).toEqual(['interaction/page_view', 'interaction/share'])
  expect(site.events().filter((event) => event.session_id)).toEqual([])
  await page.evaluate(() => (window as never as Host).offertrail.optOut())
  await track(page, 'bookmark')
  await flush(page)
  expect(names(site.events())).not.toContain('interaction/bookmark')
  expect(await traces(page)).toEqual(['offertrail.consent'])
})
