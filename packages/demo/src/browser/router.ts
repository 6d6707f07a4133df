/** How a page came to be shown: loaded by the browser, swapped in by a link or form, or returned to in the history. */
export type Arrival = 'load' | 'route' | 'back'

interface Shown {
  title: string
  name: string
  html: string
}

/** Pages kept, so that going back shows them at once. */
const KEPT_MAX = 20

const kept = new Map<string, Shown>()
let show: (main: HTMLElement, arrival: Arrival) => void = () => {}
let latest = 0

/** Takes over links marked `data-route`, and the history. `onShow` runs for every page shown, this one first. */
export function startRouter(onShow: typeof show): void {
  show = onShow
  const main = mainElement()
  keep(address(), { title: document.title, name: main.dataset.page ?? '', html: main.innerHTML })
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[data-route]')
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (!link || !plain || event.defaultPrevented) return
    event.preventDefault()
    void visit(link.href)
  })
  addEventListener('popstate', () => void visit(location.href, 'back'))
  show(main, arrivalOfLoad())
}

/** Shows another page of the site without loading it whole. Falls back to loading it. */
export async function visit(url: string, arrival: Arrival = 'route'): Promise<void> {
  latest += 1
  const mine = latest
  const known = arrival === 'back' ? kept.get(address(url)) : undefined
  const page = known ?? (await load(url))
  if (mine !== latest) return
  if (!page) {
    location.assign(url)
    return
  }
  if (arrival === 'route') history.pushState(null, '', url)
  keep(address(url), page)
  document.title = page.title
  // Another element, so that what listened to the page before is gone with it.
  const main = mainElement().cloneNode(false) as HTMLElement
  main.dataset.page = page.name
  main.innerHTML = page.html
  mainElement().replaceWith(main)
  for (const link of document.querySelectorAll('nav a'))
    if (link.id === `nav_${page.name}`) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  if (arrival === 'route') scrollTo(0, 0)
  show(main, arrival)
}

async function load(url: string): Promise<Shown | undefined> {
  try {
    const response = await fetch(url, { headers: { accept: 'text/html' } })
    if (!response.ok) return undefined
    const page = new DOMParser().parseFromString(await response.text(), 'text/html')
    const main = page.querySelector<HTMLElement>('main')
    return main ? { title: page.title, name: main.dataset.page ?? '', html: main.innerHTML } : undefined
  } catch {
    return undefined // Offline: loading it whole shows the browser's own page for that.
  }
}

function keep(key: string, page: Shown): void {
  kept.delete(key)
  kept.set(key, page)
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value as string)
}

function arrivalOfLoad(): Arrival {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return entry && entry.type !== 'navigate' ? 'back' : 'load'
}

function address(url = location.href): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

function mainElement(): HTMLElement {
  return document.querySelector('main') as HTMLElement
}
