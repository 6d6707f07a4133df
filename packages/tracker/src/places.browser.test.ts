import { createHash } from 'node:crypto'
import { chromium } from 'playwright'
import { flush, type Host, hide, names, of, open } from './testing/acts.ts'
import { browse, launchOptions, test } from './testing/site.ts'

test.concurrent('calls made before the tag has loaded are kept, in order', async ({ site, context, expect }) => {
  site.page('/', '', {
    head: `<script>${site.facts.stub}</script><script>offertrail('identify','u1');offertrail('track','search',{q:1});offertrail('nonsense')</script>`,
  })
  const page = await open(context, site.url)
  await page.evaluate(() =>
    (window as never as { offertrail: (...command: unknown[]) => void }).offertrail('track', 'share'),
  )
  await page.evaluate(
    () =>
      new Promise((done) =>
        (window as never as { offertrail: (...command: unknown[]) => void }).offertrail(
          'ready',
          ({ flush }: Host['offertrail']) => flush()?.then(done),
        ),
      ),
  )
  expect(names(site.events()).filter((name) => !name.startsWith('web_vital'))).toEqual([
    'session_start',
    'interaction/page_view',
    'interaction/search',
    'interaction/share',
  ])
  expect(of(site.events(), 'interaction/search')[0]).toMatchObject({ user_id: 'u1', interaction_data: { q: 1 } })
})

test.concurrent('works under a strict policy with integrity, hashes and Trusted Types', async ({
  site,
  context,
  expect,
}) => {
  const violations: string[] = []
  const { integrity, stub, stub_csp } = site.facts
  expect(stub_csp).toBe(`'sha256-${createHash('sha256').update(stub).digest('base64')}'`)
  site.page('/', '<button id=b>B</button>', {
    head: `<script>${stub}</script>`,
    tag: `integrity="${integrity}" crossorigin=anonymous`,
    headers: {
      'content-security-policy': `default-src 'none'; script-src ${stub_csp} '${integrity}'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`,
    },
  })
  const page = await context.newPage()
  page.on('console', (message) => violations.push(message.text()))
  page.on('pageerror', (error) => violations.push(String(error)))
  await page.goto(site.url)
  await page.click('#b')
  await expect
    .poll(() => names(site.events()), { timeout: 10_000 })
    .toEqual(expect.arrayContaining(['interaction/page_view', 'interaction/button_click']))
  expect(violations).toEqual([])
})

test.concurrent('a tag whose bytes were changed on the way does not run', async ({ site, context, expect }) => {
  site.page('/', '', { tag: `integrity="sha384-${'A'.repeat(64)}" crossorigin=anonymous` })
  const page = await context.newPage()
  await page.goto(site.url)
  await page.waitForTimeout(300)
  expect(await page.evaluate(() => 'offertrail' in window)).toBe(false)
  expect(site.requests()).toBe(0)
})

test.concurrent('the tag included twice counts once, and adds one name to the page', async ({
  site,
  context,
  expect,
}) => {
  site.page('/bare', '', { tag: false })
  site.page('/', '<script async src="/offertrail.js" data-key="wk_test"></script><button id=b>B</button>')
  const bare = await context.newPage()
  await bare.goto(`${site.url}/bare`)
  const namesBefore = await bare.evaluate(() => Object.getOwnPropertyNames(window))
  const page = await open(context, site.url)
  await page.waitForLoadState('load')
  await page.click('#b')
  await flush(page)
  expect(
    names(site.events())
      .filter((name) => /page_view|button_click/.test(name))
      .sort(),
  ).toEqual(['interaction/button_click', 'interaction/page_view'])
  const added = await page.evaluate(
    (before) => Object.getOwnPropertyNames(window).filter((name) => !before.includes(name)),
    namesBefore,
  )
  expect(added).toEqual(['offertrail'])
})

test.concurrent('storage that throws, is full or is missing costs memory of it, not events', async ({
  site,
  context,
  expect,
}) => {
  const errors: string[] = []
  await context.addInitScript(() => {
    const fail = () => {
      throw new DOMException('no', location.pathname === '/full' ? 'QuotaExceededError' : 'SecurityError')
    }
    if (location.pathname === '/full') Storage.prototype.setItem = fail
    else
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
        Object.defineProperty(window, name, { get: fail })
  })
  for (const path of ['/forbidden', '/full']) {
    site.page(path, '<button id=b>B</button>')
    const page = await open(context, site.url + path, errors)
    await page.click('#b')
    await flush(page)
    await hide(page)
  }
  expect(errors).toEqual([])
  expect(names(site.events()).filter((name) => name === 'interaction/button_click')).toHaveLength(2)
  const [first] = of(site.events(), 'interaction/page_view')
  expect(first).toMatchObject({ seq: 1, session_id: expect.any(String), anonymous_id: expect.any(String) })
})

test.concurrent('a sandboxed frame of no origin is counted too', async ({ site, context, expect }) => {
  site.page('/frame', '<button id=b>B</button>', { tag: `crossorigin=anonymous` })
  site.page('/', '<iframe sandbox="allow-scripts" src="/frame"></iframe>', { tag: false })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto(site.url)
  await page.frameLocator('iframe').locator('#b').click()
  await expect
    .poll(() => names(site.events()), { timeout: 10_000 })
    .toEqual(expect.arrayContaining(['interaction/page_view', 'interaction/button_click']))
  expect(of(site.events(), 'interaction/page_view')[0]?.page_url).toBe(`${site.url}/frame`)
  expect(errors).toEqual([])
})

test.concurrent('a page that breaks what the tag builds on is not broken by the tag', async ({
  site,
  context,
  expect,
}) => {
  const errors: string[] = []
  await context.addInitScript(() => {
    const fail = () => {
      throw new Error('hostile')
    }
    const late = () => {
      JSON.stringify = JSON.parse = fail
      // What old libraries did.
      Object.assign(Array.prototype, { toJSON: () => 'broken' })
      window.fetch = fail
      navigator.sendBeacon = fail
      Date.prototype.toISOString = fail
      Object.defineProperty(document, 'title', { get: fail })
    }
    addEventListener('load', late)
    for (const name of ['requestIdleCallback', 'IntersectionObserver', 'PerformanceObserver'])
      if (location.pathname === '/early') Object.defineProperty(window, name, { value: fail })
    if (location.pathname === '/early') {
      history.pushState = fail
      crypto.getRandomValues = fail
      Intl.DateTimeFormat = fail as never
    }
  })
  for (const path of ['/early', '/late']) {
    site.page(path, '<button id=b>B</button><form id=f><input></form>')
    const page = await open(context, site.url + path, errors)
    await page.waitForLoadState('load')
    const result = await page.evaluate(() => {
      const clicked: string[] = []
      document.querySelector('#b')?.addEventListener('click', () => clicked.push('yes'))
      ;(document.querySelector('#b') as HTMLElement).click()
      const { offertrail } = window as never as Host
      for (const method of Object.values(offertrail)) (method as (...args: unknown[]) => unknown)(null, null)
      offertrail.consent({ analytics: false })
      return clicked
    })
    expect(result).toEqual(['yes'])
  }
  expect(errors).toEqual([])
})

test.concurrent('a page from the back/forward cache is a page view again, in the same session, and sends nothing twice', async ({
  site,
  expect,
}) => {
  // The pages travel by themselves: there, back (from the cache), and say so.
  site.page(
    '/',
    `<div data-offertrail-recommendation=r1>r1</div><script>
      onload = () => setTimeout(() => { location = '/next' }, 1000)
      addEventListener('pageshow', (event) => event.persisted && setTimeout(() => { offertrail.track('share'); offertrail.flush() }, 500))
    </script>`,
  )
  site.page('/next', '<script>onload = () => setTimeout(() => history.back(), 1000)</script>')
  const browser = await browse(site.url)
  await expect
    .poll(() => names(site.events()), { timeout: 30_000 })
    .toContain('interaction/share')
    .finally(browser.close)
  // A browser short of memory empties the cache; then the pages go there and back again, until one is restored.
  const views = of(site.events(), 'interaction/page_view').map((event) => event.page_url)
  const trips = (views.length - 1) / 2
  expect(trips).toBeGreaterThanOrEqual(1)
  expect(views).toEqual([
    ...Array.from({ length: trips }, () => [`${site.url}/`, `${site.url}/next`]).flat(),
    `${site.url}/`,
  ])
  expect(of(site.events(), 'recommendation_engagement/impression')).toHaveLength(trips + 1)
  expect(of(site.events(), 'session_start')).toHaveLength(1)
  const seqs = site.events().map((event) => event.seq)
  expect(new Set(seqs).size).toBe(seqs.length)
})

test.concurrent('a page that is prerendered counts when it is shown, and not before', async ({ site, expect }) => {
  const rules = { prerender: [{ source: 'list', urls: ['/shown', '/never'], eagerness: 'immediate' }] }
  site.page('/', `<script>setTimeout(() => { location = '/shown' }, 2500)</script>`, {
    tag: false,
    head: `<script type="speculationrules">${JSON.stringify(rules)}</script>`,
  })
  // Says as its title whether it was prerendered.
  const body = '<script>document.title = String(document.prerendering)</script>'
  site.page('/shown', body)
  site.page('/never', body)
  const browser = await browse(site.url)
  await expect
    .poll(() => names(site.events()), { timeout: 30_000 })
    .toContain('interaction/page_view')
    .finally(browser.close)
  const views = of(site.events(), 'interaction/page_view')
  expect(views.map((event) => [event.page_url, event.page_title])).toEqual([[`${site.url}/shown`, 'true']])
  expect(site.events().filter((event) => event.page_url?.endsWith('/never'))).toEqual([])
})

test.concurrent('the tag asks the page for no layout, except in observers, after the browser has made one', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', `<div id=root></div>${'<p>text</p>'.repeat(500)}<button id=b>B</button>`, { tag: 'defer' })
  const page = await context.newPage()
  await page.addInitScript(() => {
    let forced = 0
    for (const [owner, names] of [
      [Element.prototype, ['getBoundingClientRect', 'scrollHeight', 'clientHeight', 'scrollTop']],
      [HTMLElement.prototype, ['offsetHeight', 'offsetTop', 'innerText']],
      [window, ['innerHeight', 'innerWidth', 'scrollY', 'getComputedStyle']],
    ] as const)
      for (const name of names) {
        const { get, value } = Object.getOwnPropertyDescriptor(owner, name) ?? {}
        Object.defineProperty(owner, name, {
          get() {
            forced += 1
            return get ? get.call(this) : value
          },
        })
      }
    Object.defineProperty(window, 'forced', { get: () => forced })
  })
  await page.goto(site.url)
  await page.waitForFunction(() => 'offertrail' in window)
  await page.click('#b')
  await flush(page)
  expect(await page.evaluate(() => (window as never as { forced: number }).forced)).toBeLessThanOrEqual(2) // In observers, after layout.
})

test('the same sources build the same bytes', async ({ site, expect }) => {
  const { mkdtemp, rm } = await import('node:fs/promises')
  const { build } = await import('../build.mjs')
  const folder = await mkdtemp(`${(await import('node:os')).tmpdir()}/offertrail-again-`)
  expect((await build(`${folder}/`, ['tag', 'stub'])).integrity).toBe(site.facts.integrity)
  await rm(folder, { recursive: true })
})

test('a browser that dies with events queued sends them when it is started again', async ({ site, expect }) => {
  const { mkdtemp, rm } = await import('node:fs/promises')
  const profile = await mkdtemp(`${(await import('node:os')).tmpdir()}/offertrail-profile-`)
  site.page('/', '', { tag: 'data-auto=off' })
  site.answer(() => 'cut')
  const first = await chromium.launchPersistentContext(profile, launchOptions)
  const page = await open(first, site.url)
  await page.evaluate(() => (window as never as Host).offertrail.track('share'))
  await flush(page)
  await first.close()
  site.answer(() => undefined)
  const second = await chromium.launchPersistentContext(profile, launchOptions)
  await open(second, site.url)
  await expect.poll(() => names(site.events()), { timeout: 15_000 }).toEqual(['session_start', 'interaction/share'])
  await second.close()
  await rm(profile, { recursive: true, force: true })
})
