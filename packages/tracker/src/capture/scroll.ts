import { measure } from '../page.ts'
import type { Page } from '../types.ts'

/** `scroll_depth`: each quarter of the page that came into view by scrolling, once a page view. */
export function captureScroll({ emit, listen, onEnter }: Page) {
  const settleMs = 100
  let reached = 0
  let view = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    timer = undefined
    const now = view
    measure((_width, _height, depth) => {
      if (now !== view) return
      // A pixel of rounding must not cost the last quarter.
      for (; reached < 4 && depth + 0.5 >= 25 * (reached + 1); reached += 1)
        emit('interaction', { interaction_type: 'scroll_depth', interaction_data: { percent: 25 * (reached + 1) } })
    })
  }
  listen(document, 'scroll', () => {
    timer ??= setTimeout(look, settleMs)
  })
  onEnter(() => {
    reached = 0
    view += 1
    clearTimeout(timer)
    timer = undefined
  })
}
