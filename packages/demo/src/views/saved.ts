import { type Html, html } from '../html.ts'
import type { Job } from '../jobs/job.ts'
import { jobCard } from './cards.ts'
import { layout } from './layout.ts'

/** All jobs, hidden: which of them are saved, only the browser knows. */
export function savedPage(pageKey: string, jobs: readonly Job[]): Html {
  const main = html`<h1>Saved jobs</h1>
<p class="muted" id="saved_none">Nothing saved yet. <a href="/demo/jobs" data-route>All jobs</a></p>
<div class="grid" id="saved_list" hidden>${jobs.map(jobCard)}</div>`
  return layout({ pageKey, name: 'saved', title: 'Saved jobs', main })
}
