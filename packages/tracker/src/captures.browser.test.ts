import { type Host, hide, names, of, open, sent, show } from './testing/acts.ts'
import { type Site, test } from './testing/site.ts'

const views = (site: Site) =>
  of(site.events(), 'interaction/page_view').map((event) => event.page_url?.replace(site.url, ''))

test.concurrent('a first visit is a session_start and a page_view, with campaign parameters and no other query', async ({
  site,
  context,
  expect,
}) => {
  site.page('/jobs', '<h1>Jobs</h1>')
  const page = await context.newPage()
  await page.goto(`${site.url}/jobs?q=my+illness&utm_source=mail&token=secret#access_token=abc`, {
    referer: 'https://search.example/?q=private',
  })
  await expect
    .poll(() => names(site.events()))
    .toEqual(expect.arrayContaining(['session_start', 'interaction/page_view']))
  const [start, view] = site.events()
  const address = `${site.url}/jobs?utm_source=mail`
  expect(start).toMatchObject({
    type: 'session_start',
    seq: 0,
    entry_page: address,
    referrer: 'https://search.example/',
  })
  expect(view).toMatchObject({ seq: 1, page_url: address, page_title: 'Page /jobs', session_id: start?.session_id })
  expect(view?.context).toMatchObject({
    viewport: { width: 1000, height: 600 },
    language: 'en-US',
    tracker: { name: 'offertrail.js' },
  })
  expect(JSON.stringify(site.batches)).not.toMatch(/illness|secret|access_token|private/)
})

test.concurrent('pushState and replaceState count when the path changes, and only then; so does going back', async ({
  site,
  context,
  expect,
}) => {
  site.page('/a', '<h1>A</h1>')
  const page = await open(context, `${site.url}/a`)
  await page.evaluate(() => {
    history.pushState({}, '', '/a?filter=1') // The same page.
    history.replaceState({}, '', '/a#part')
    history.pushState({}, '', '/b')
    document.title = 'B'
  })
  await page.evaluate(() => history.replaceState({}, '', '/c?x=1'))
  await page.goBack()
  await sent(site, page)
  expect(views(site)).toEqual(['/a', '/b', '/c', '/a'])
  const [, second, third] = of(site.events(), 'interaction/page_view')
  expect(second).toMatchObject({ page_title: 'B', referrer: `${site.url}/a` })
  expect(third).toMatchObject({ referrer: `${site.url}/b` })
})

test.concurrent('hash routes count where the site asks for it, and nowhere else', async ({ site, context, expect }) => {
  site.page('/', '')
  site.page('/hash', '', { tag: 'data-hash' })
  const plain = await open(context, `${site.url}/`)
  await plain.evaluate(() => location.assign('#/jobs'))
  await sent(site, plain)
  const routed = await open(context, `${site.url}/hash#/list`)
  await routed.evaluate(() => location.assign('#/job/7?secret=1'))
  await routed.waitForTimeout(50)
  await sent(site, routed)
  expect(views(site)).toEqual(['/', '/hash#/list', '/hash#/job/7'])
})

test.concurrent('clicks: buttons, links, outbound, downloads, and the middle button; never what people wrote', async ({
  site,
  context,
  expect,
}) => {
  site.page(
    '/',
    `<button id=save><b>Save</b> search</button> <a id=in href="/x?secret=1">Inside</a> <p id=text>Text</p>
     <a id=out href="https://other.example/p?secret=1">Out</a> <a id=file href="/cv.pdf?secret=1">CV</a>
     <a id=mail href="mailto:secret@person.example">Mail</a> <input type=submit id=go value="secret value">
     <button id=note>Note <span contenteditable>secret note</span></button>
     <div data-offertrail-ignore><button id=ignored>Ignored</button></div><button id=long>${'x'.repeat(300)}</button>`,
  )
  const page = await open(context, `${site.url}/`)
  await page.evaluate(() => addEventListener('click', (event) => event.preventDefault()))
  for (const id of ['save', 'in', 'text', 'out', 'file', 'mail', 'go', 'note', 'ignored', 'long'])
    await page.click(`#${id}`)
  await page.evaluate(() =>
    document
      .querySelector('#out')
      ?.dispatchEvent(new MouseEvent('auxclick', { button: 1, bubbles: true, composed: true })),
  )
  const clicks = (await sent(site, page)).map((event) => [
    event.interaction_type,
    event.element_id,
    event.element_text,
    event.interaction_data?.url,
  ])
  expect(clicks).toEqual([
    ['button_click', 'save', 'Save search', undefined],
    ['button_click', 'in', 'Inside', `${site.url}/x`],
    ['outbound_click', 'out', 'Out', 'https://other.example/p'],
    ['download', 'file', 'CV', `${site.url}/cv.pdf`],
    ['button_click', 'mail', 'Mail', undefined],
    ['button_click', 'go', undefined, undefined],
    ['button_click', 'note', undefined, undefined],
    ['button_click', 'long', 'x'.repeat(256), undefined],
    ['outbound_click', 'out', 'Out', 'https://other.example/p'],
  ])
  expect(JSON.stringify(site.batches)).not.toContain('secret')
})

test.concurrent('form_submit names the form and holds no field; a form may declare what its submit means', async ({
  site,
  context,
  expect,
}) => {
  site.page(
    '/',
    `<form id=apply><input name=id value=secret1><input type=password name=p value=secret2><textarea name=t>secret3</textarea>
     <button>Send</button></form>
     <form id=find data-offertrail-event=search data-offertrail-data='{"kind":"quick"}'><input name=q value=secret4></form>`,
  )
  const page = await open(context, `${site.url}/`)
  await page.evaluate(() => addEventListener('submit', (event) => event.preventDefault()))
  await page.evaluate(() => (document.querySelector('#apply') as HTMLFormElement).requestSubmit())
  await page.evaluate(() => (document.querySelector('#find') as HTMLFormElement).requestSubmit())
  const events = await sent(site, page)
  expect(names(events)).toEqual(['interaction/form_submit', 'interaction/search'])
  expect(events[0]?.element_id).toBe('apply')
  expect(events[1]?.interaction_data).toEqual({ kind: 'quick' })
  expect(JSON.stringify(site.batches)).not.toContain('secret')
})

test.concurrent('declared interactions and features take the place of the plain click', async ({
  site,
  context,
  expect,
}) => {
  site.page(
    '/',
    `<button id=a data-offertrail-event=bookmark data-offertrail-data='{"k":1}'>A</button>
     <button id=b data-offertrail-event="salary_tool" data-offertrail-data='not json'>B</button>
     <div data-offertrail-feature="map"><button id=c>C</button></div>`,
  )
  const page = await open(context, `${site.url}/`)
  for (const id of ['a', 'b', 'c']) await page.click(`#${id}`)
  const events = await sent(site, page)
  expect(names(events)).toEqual(['interaction/bookmark', 'interaction/custom', 'feature_use/map'])
  expect(events[0]?.interaction_data).toEqual({ k: 1 })
  expect(events[1]?.interaction_data).toEqual({ name: 'salary_tool' })
})

test.concurrent('scrolling sideways or inside an element is no depth of the page', async ({
  site,
  context,
  expect,
}) => {
  site.page(
    '/',
    '<div style="width:5000px;height:10px"></div><div id=list style="height:100px;overflow:auto"><div style="height:900px"></div></div><div style="height:3000px"></div>',
  )
  const page = await open(context, `${site.url}/`)
  await page.evaluate(() => {
    scrollTo(500, 0)
    document.querySelector('#list')?.scrollTo(0, 500)
  })
  await page.waitForTimeout(400)
  expect(names(await sent(site, page))).toEqual([])
})

test.concurrent('scroll depth is told a quarter at a time, once a page view, and not before anybody scrolls', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '<div style="height:6000px"></div>')
  const page = await open(context, `${site.url}/`)
  expect(names(await sent(site, page))).toEqual([])
  const percents = async () =>
    of(await sent(site, page), 'interaction/scroll_depth').map((event) => event.interaction_data?.percent)
  await page.evaluate(() => scrollTo(0, 2_500)) // (2500 + 600) / 6000 = 51 %
  await expect.poll(percents).toEqual([25, 50])
  await page.evaluate(() => scrollTo(0, 0))
  await page.waitForTimeout(200)
  await page.evaluate(() => scrollTo(0, 6_000))
  await expect.poll(percents).toEqual([25, 50, 75, 100])
  await page.evaluate(() => history.pushState({}, '', '/next'))
  await page.evaluate(() => scrollTo(0, 1_000))
  await expect.poll(percents).toEqual([25, 50, 75, 100, 25])
})

test.concurrent('time on page counts visible seconds only, and belongs to the page it was spent on', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '')
  const page = await open(context, `${site.url}/`)
  await page.waitForTimeout(1_300)
  await hide(page)
  await page.waitForTimeout(1_500) // Not counted.
  await show(page)
  await page.waitForTimeout(1_100)
  await page.evaluate(() => history.pushState({}, '', '/next'))
  await sent(site, page)
  const spent = of(site.events(), 'interaction/time_on_page')
  expect(spent.map((event) => event.page_url)).toEqual([`${site.url}/`, `${site.url}/`])
  const seconds = spent.map((event) => Number(event.interaction_data?.seconds))
  expect(seconds[0]).toBeGreaterThanOrEqual(1.3)
  expect(seconds[1]).toBeGreaterThanOrEqual(1.1)
  // Everything that was spent is in it, except what was hidden.
  const total = await page.evaluate(() => performance.now() / 1_000)
  expect((seconds[0] ?? 0) + (seconds[1] ?? 0)).toBeLessThanOrEqual(total - 1.5)
})

test.concurrent('a resume: chosen, uploaded, parsed; its name never leaves the page', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '<input type=file data-offertrail-resume id=cv>')
  const page = await open(context, `${site.url}/`)
  await page.setInputFiles('#cv', {
    name: 'Jane Secret CV.PDF',
    mimeType: 'application/pdf',
    buffer: Buffer.from('x'.repeat(1_234)),
  })
  await page.evaluate(() => {
    const { offertrail } = window as never as Host
    const resume = offertrail.resume((document.querySelector('#cv') as HTMLInputElement).files?.[0])
    resume?.uploadCompleted()
    resume?.parsingStarted()
    resume?.parsingCompleted({ confidence_score: 0.9, extracted_fields: { email: 0.99 }, processing_time: 1.5 })
    resume?.validationFailed('unreadable page')
    offertrail.resume(resume?.resume_id)?.validationStarted()
  })
  const events = await sent(site, page)
  expect(events.map((event) => event.event_type)).toEqual([
    'upload_started',
    'upload_completed',
    'parsing_started',
    'parsing_completed',
    'validation_failed',
    'validation_started',
  ])
  expect(new Set(events.map((event) => event.resume_id)).size).toBe(1)
  expect(events[0]).toMatchObject({ file_type: 'pdf', file_size: 1_234 })
  expect(events[3]).toMatchObject({ confidence_score: 0.9, processing_time: 1.5, extracted_fields: { email: 0.99 } })
  expect(events[4]).toMatchObject({ error_message: 'unreadable page' })
  expect(JSON.stringify(site.batches)).not.toMatch(/Secret|file_name/)
})

test.concurrent('web vitals come once a page load, with their final values when the page is hidden', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '<h1>Big headline</h1><button id=b>Press</button>')
  const page = await open(context, `${site.url}/`)
  await page.click('#b')
  await page.waitForTimeout(1_200) // Event timing entries come after the next paint, in idle time.
  await hide(page)
  await expect
    .poll(() =>
      names(site.events())
        .filter((name) => name.startsWith('web_vital'))
        .sort(),
    )
    .toEqual(['web_vital/CLS', 'web_vital/FCP', 'web_vital/INP', 'web_vital/LCP', 'web_vital/TTFB'])
  await show(page)
  await page.click('#b')
  await hide(page)
  await page.waitForTimeout(300)
  expect(
    names(await sent(site, page).then(() => site.events())).filter((name) => name.startsWith('web_vital')),
  ).toHaveLength(5)
  const [lcp] = of(site.events(), 'web_vital/LCP')
  expect(lcp).toMatchObject({ rating: 'good', navigation_type: 'navigate' })
  expect(Object.keys(lcp ?? {})).not.toContain('entries')
})

test.concurrent('JavaScript errors are told once a fault, without what addresses and messages give away', async ({
  site,
  context,
  expect,
}) => {
  site.page('/', '<img src="/missing.png">')
  const page = await open(context, `${site.url}/`)
  await page.evaluate(() => {
    const fail = (message: string) =>
      setTimeout(() => {
        throw new TypeError(message)
      })
    for (const attempt of [1, 2, 3])
      fail(`no answer from https://api.example/v1?token=secret for jane.doe@mail.example, try ${attempt}`)
    Promise.reject(new RangeError('too far'))
    Promise.reject('just text')
  })
  await page.waitForTimeout(100)
  const errors = await sent(site, page)
  expect(errors.map((event) => [event.error_type, event.error_message])).toEqual(
    expect.arrayContaining([
      ['TypeError', 'no answer from https://api.example/v1 for [email], try 1'],
      ['RangeError', 'too far'],
      ['Error', 'just text'],
    ]),
  )
  expect(errors).toHaveLength(3)
  expect(JSON.stringify(site.batches)).not.toMatch(/secret|jane/)
})

test.concurrent('data-auto chooses the parts that run', async ({ site, context, expect }) => {
  site.page('/none', '<button id=b>B</button>', { tag: 'data-auto=off' })
  site.page('/some', '<button id=b>B</button>', { tag: 'data-auto="page"' })
  for (const path of ['/none', '/some']) {
    const page = await open(context, site.url + path)
    await page.click('#b')
    await page.evaluate(() => (window as never as Host).offertrail.track('share'))
    await hide(page)
    await sent(site, page)
  }
  expect(names(site.events())).toEqual([
    'session_start',
    'interaction/share',
    'interaction/page_view',
    'interaction/share',
  ])
})
