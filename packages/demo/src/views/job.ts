import { type Html, html } from '../html.ts'
import { type Job, salaryRange } from '../jobs/job.ts'
import { levelOfJob, logo, saveButton, tags } from './cards.ts'
import { layout } from './layout.ts'

/** @param recommendationId the recommendation it was reached by, if it was */
export function jobPage(pageKey: string, job: Job, recommendationId: string | undefined): Html {
  const data = JSON.stringify({ job_id: job.id })
  const query = recommendationId ? `?rec=${recommendationId}` : ''
  const main = html`<article class="job">
  <header class="job-title">${logo(job)}<div><h1>${job.title}</h1>
    <p class="facts">${job.company} · ${job.city}</p></div></header>
  <dl class="key-facts"><div><dt>Pay</dt><dd>${salaryRange(job)}</dd></div><div><dt>Place</dt><dd>${job.mode}</dd></div>
    <div><dt>Level</dt><dd>${levelOfJob(job)}</dd></div><div><dt>Field</dt><dd>${job.field}</dd></div></dl>
  <p class="lead">${job.summary}</p>
  <h2>What you do</h2><ul>${job.duties.map((duty) => html`<li>${duty}</li>`)}</ul>
  <h2>What you bring</h2>${tags(job.required)}
  <h2>Good to have</h2>${tags(job.nice)}
  <div class="row">
    <a class="button" id="apply" href="/demo/jobs/${job.id}/apply${query}" data-offertrail-event="application_start" data-offertrail-data="${data}">Apply</a>
    ${saveButton(job)}
    <button class="button quiet" id="share" type="button" data-offertrail-event="share" data-offertrail-data="${data}">Copy link</button>
  </div>
</article>`
  return layout({ pageKey, name: 'job', title: `${job.title}, ${job.company}`, main })
}
