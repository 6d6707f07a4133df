import { safe } from '../safe.ts'
import type { Options, Page } from '../types.ts'

/**
 * `page_view`: the first load, another path by pushState, replaceState or history (a changed query is not another page), another
 * `#route` if the site counts them, and a return from the back/forward cache.
 */
export function capturePageViews({ emit, enter, listen, onEnter }: Page, { hash }: Options) {
  const view = () => emit('interaction', { interaction_type: 'page_view' })
  const path = () => location.pathname + (hash ? location.hash.replace(/\?.*/, '') : '')
  let last = path()
  const look = safe(() => {
    if (last !== path()) enter()
  })

  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name]
    history[name] = function (this: History, ...args) {
      const result = original.apply(this, args)
      look()
      return result
    }
  }
  listen(window, 'popstate hashchange', look)
  onEnter(() => {
    last = path()
    view()
  })
  view()
}
