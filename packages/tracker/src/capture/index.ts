import { safe, whenIdle } from '../safe.ts'
import type { Options, Page, Part } from '../types.ts'
import { captureClicks } from './clicks.ts'
import { captureErrors } from './errors.ts'
import { captureForms } from './forms.ts'
import { capturePageViews } from './page-views.ts'
import { captureRecommendations } from './recommendations.ts'
import { captureResumeInputs } from './resume.ts'
import { captureScroll } from './scroll.ts'
import { captureTime } from './time-on-page.ts'
import { captureVitals } from './web-vitals.ts'

type Capture = (page: Page, options: Options) => void

/** What is noticed without being asked, by the name that switches it. Page views come first: they open the session. */
const captures: Record<Part, Capture> = {
  page: capturePageViews,
  time: captureTime,
  click: captureClicks,
  form: captureForms,
  scroll: captureScroll,
  recommendation: captureRecommendations,
  resume: captureResumeInputs,
  error: captureErrors,
  vital: captureVitals,
}

/** They look at the page as it is, and may do so when the browser has a moment. */
const patient: Part[] = ['recommendation', 'vital']
const PATIENCE_MS = 200

/** Starts the captures that the options leave on; one that fails (this browser or page can't do it) leaves the others alone. */
export function installCaptures(page: Page, options: Options): void {
  for (const [part, capture] of Object.entries(captures) as [Part, Capture][]) {
    if (!(options.auto?.includes(part) ?? true)) continue
    const install = safe(() => capture(page, options))
    if (patient.includes(part)) whenIdle(install, PATIENCE_MS)
    else install()
  }
}
