import { listen, safe } from './safe.ts'
import { stripUrl } from './strip-url.ts'
import type { Page } from './types.ts'

/** The page view that is on: what its events say of the page. */
export interface View {
  url: string
  referrer: string
}

/** Where the page is in its life, and where it is on the site. */
export interface Life extends Pick<Page, 'listen' | 'onLeave' | 'onEnter'> {
  view: () => View
  /** Ends the view and begins another at the address the page now has. */
  enter: (restored?: boolean) => void
  /** Runs the callbacks of `onLeave`. */
  leave: () => void
}

export function createLife(keepHash: boolean): Life {
  const leaving: (() => void)[] = []
  const entering: ((restored: boolean) => void)[] = []
  const here = () => stripUrl(location.href, keepHash)
  let view: View = { url: here(), referrer: stripUrl(document.referrer) }

  const leave = () => {
    for (const callback of leaving) callback()
  }

  return {
    listen,
    view: () => view,
    leave,
    enter(restored = false) {
      leave()
      view = { url: here(), referrer: restored ? view.referrer : view.url }
      for (const callback of entering) callback(restored)
    },
    onLeave: (callback) => leaving.push(safe(callback)),
    onEnter: (callback) => entering.push(safe(callback)),
  }
}

/**
 * The size of the viewport and how much of the page has been scrolled past, in percent, without forcing a layout: an
 * intersection observer tells after the browser has laid out the page anyway.
 */
export function measure(done: (width: number, height: number, depth: number) => void): void {
  const root = document.documentElement
  new IntersectionObserver(
    safe(([entry], observer) => {
      observer.disconnect()
      const bounds = entry?.rootBounds
      if (!entry || !bounds) return
      const { width, height } = bounds
      const { top } = entry.boundingClientRect
      // Sideways, or inside of an element, is not down the page.
      const depth = top < 0 ? (100 * (height - top)) / root.scrollHeight : 0
      done(Math.round(width), Math.round(height), depth)
    }),
    { root: document },
  ).observe(root)
}
