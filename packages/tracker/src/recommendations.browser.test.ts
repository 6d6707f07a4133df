import { describe } from 'vitest'
import { hide, of, open, sent, show } from './testing/acts.ts'
import { type Received, test } from './testing/site.ts'

describe('recommendation cards', () => {
  const card = (id: string, position: number, inside = '') =>
    `<div data-offertrail-recommendation="${id}" data-offertrail-position="${position}" data-offertrail-slate="s1"
      style="height:300px"><p>${id}</p>${inside}</div>`
  const told = (events: Received[]) =>
    events
      .filter((event) => event.type === 'recommendation_engagement')
      .map((event) => `${event.recommendation_id} ${event.engagement_type}`)

  test.concurrent('rendered is an impression wherever it is on the page; viewed needs half of it in sight for a second', async ({
    site,
    context,
    expect,
  }) => {
    site.page('/', `${card('r1', 1)}${card('r2', 2)}<div style="height:2000px"></div>${card('r3', 3)}`)
    const page = await open(context, `${site.url}/`)
    await expect
      .poll(async () => told(await sent(site, page)).sort())
      .toEqual(['r1 impression', 'r1 viewed', 'r2 impression', 'r2 viewed', 'r3 impression'])
    await page.waitForTimeout(1_200)
    await page.evaluate(() => scrollTo(0, 9_999))
    await expect.poll(async () => told(await sent(site, page)).filter((name) => name === 'r3 viewed')).toHaveLength(1)
    const dwell = of(await sent(site, page), 'recommendation_engagement/viewed').filter(
      (event) => event.recommendation_id === 'r1',
    )
    expect(dwell.map((event) => Number(event.engagement_time) >= 1)).toEqual([true, true])
    expect(dwell[0]).toMatchObject({ engagement_time: 1, position: 1, slate_id: 's1' })
  })

  test.concurrent('less than half in sight, or less than a second, is not a view', async ({
    site,
    context,
    expect,
  }) => {
    site.page('/', `<div style="height:460px"></div>${card('r1', 1)}`)
    const page = await open(context, `${site.url}/`)
    await page.waitForTimeout(1_300)
    await page.evaluate(() => {
      scrollTo(0, 300)
      setTimeout(() => scrollTo(0, 0), 200)
    })
    await page.waitForTimeout(1_200)
    expect(told(await sent(site, page))).toEqual(['r1 impression'])
  })

  test.concurrent('cards added later, moved, rendered again or reused for another recommendation count once each', async ({
    site,
    context,
    expect,
  }) => {
    site.page('/', '<div id=list></div>')
    const page = await open(context, `${site.url}/`)
    const html = card('r1', 1)
    const fill = (html: string) =>
      document.querySelector('#list')?.replaceChildren(document.createRange().createContextualFragment(html))
    await page.evaluate(fill, html)
    await expect.poll(async () => told(await sent(site, page))).toContain('r1 impression')
    await page.evaluate(fill, html)
    await page.evaluate(() =>
      document.querySelector('#list > div')?.setAttribute('data-offertrail-recommendation', 'r2'),
    )
    await expect
      .poll(async () => told(await sent(site, page)).filter((name) => name.endsWith('impression')))
      .toEqual(['r1 impression', 'r2 impression'])
    // Another route: what is still there was not rendered for it, what is rendered now was.
    await page.evaluate((html) => {
      history.pushState({}, '', '/next')
      document.querySelector('#list')?.insertAdjacentHTML('beforeend', html)
    }, html)
    await expect
      .poll(async () => told(await sent(site, page)).filter((name) => name.endsWith('impression')))
      .toEqual(['r1 impression', 'r2 impression', 'r1 impression'])
  })

  test.concurrent('a click inside is clicked with position and slate; a button says what it means instead; a field says nothing', async ({
    site,
    context,
    expect,
  }) => {
    const inside = `<a href="#x" id=link>Open</a><button id=later data-offertrail-engagement=saved>Save</button>
      <button id=no data-offertrail-engagement=dismissed>No</button><input id=field>
      <button id=odd data-offertrail-engagement=loved>Love</button>`
    site.page('/', card('r1', 4, inside))
    const page = await open(context, `${site.url}/`)
    for (const id of ['link', 'later', 'no', 'field', 'odd']) await page.click(`#${id}`)
    const engagements = (await sent(site, page)).filter(
      (event) =>
        event.type === 'recommendation_engagement' && !['impression', 'viewed'].includes(`${event.engagement_type}`),
    )
    expect(told(engagements)).toEqual(['r1 clicked', 'r1 saved', 'r1 dismissed', 'r1 clicked'])
    expect(engagements[0]).toMatchObject({ position: 4, slate_id: 's1' })
  })

  test.concurrent('a hidden page views nothing, and dwell ends when it hides', async ({ site, context, expect }) => {
    site.page('/', card('r1', 1))
    await context.addInitScript(() =>
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true }),
    )
    const page = await open(context, `${site.url}/`)
    await page.waitForTimeout(1_200)
    expect(told(await sent(site, page))).toEqual(['r1 impression'])
    await show(page)
    await page.waitForTimeout(2_300)
    await hide(page)
    await expect.poll(async () => told(await sent(site, page))).toEqual(['r1 impression', 'r1 viewed', 'r1 viewed'])
  })
})
