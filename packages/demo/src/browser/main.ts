import { startAccount } from './account.ts'
import { showApplied, showApply } from './apply.ts'
import { startConsent } from './consent.ts'
import { showJobs } from './jobs.ts'
import { showRecommended } from './recommended.ts'
import { showResume } from './resume.ts'
import { type Arrival, startRouter } from './router.ts'
import { showSalary } from './salary.ts'
import { drawSaved, showSaved, startSaving } from './saved.ts'

/** What a page does once it is shown, by the name in its `data-page`. */
const pages: Record<string, (main: HTMLElement, arrival: Arrival) => void> = {
  jobs: showJobs,
  recommended: showRecommended,
  resume: showResume,
  salary: showSalary,
  saved: showSaved,
  apply: showApply,
  applied: showApplied,
}

startConsent()
startAccount()
startSaving()
startRouter((main, arrival) => {
  drawSaved(main)
  pages[main.dataset.page ?? '']?.(main, arrival)
  main.addEventListener('click', copyLink)
})

function copyLink(event: Event): void {
  const button = (event.target as Element).closest('#share')
  if (!button) return
  navigator.clipboard?.writeText(location.origin + location.pathname).then(
    () => {
      button.textContent = 'Copied'
    },
    () => {
      // The browser does not allow it here; the address bar has the link.
    },
  )
}
