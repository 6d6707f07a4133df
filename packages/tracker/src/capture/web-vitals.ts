import { onCLS } from 'web-vitals/onCLS.js'
import { onFCP } from 'web-vitals/onFCP.js'
import { onINP } from 'web-vitals/onINP.js'
import { onLCP } from 'web-vitals/onLCP.js'
import { onTTFB } from 'web-vitals/onTTFB.js'
import { stripUrl } from '../strip-url.ts'
import { type Page, STRAY } from '../types.ts'

/**
 * `web_vital`: each metric once a page load or return from the back/forward cache, with the value it has when the page is first
 * hidden (LCP: when it is final). Hidden is the last moment a phone grants; a second report would be a second sample.
 */
export function captureVitals({ emit, listen }: Page) {
  const told = new Set<string>()
  // web-vitals names the document's first address after a return too; by then a route may have changed it. Listens before it does.
  let returnedTo = ''
  listen(window, 'pageshow', ({ persisted }: PageTransitionEvent) => {
    if (persisted) returnedTo = location.href
  })
  for (const on of [onCLS, onINP, onLCP, onFCP, onTTFB]) {
    on(({ id, name, value, rating, navigationType, navigationURL }) => {
      if (told.has(id)) return
      told.add(id)
      const url = navigationType === 'back-forward-cache' ? returnedTo : navigationURL
      emit(
        'web_vital',
        {
          metric: name,
          value: Math.round(value * 1e4) / 1e4,
          rating,
          navigation_type: navigationType,
          ...(url ? { page_url: stripUrl(url) } : {}),
        },
        STRAY,
      )
    })
  }
}
