import { type Html, html } from '../html.ts'
import type { Job } from '../jobs/job.ts'
import { layout } from './layout.ts'

export function applyPage(pageKey: string, job: Job, recommendationId: string | undefined): Html {
  const main = html`<section class="narrow"><h1>Apply</h1>
<p class="muted">${job.title} at ${job.company}</p>
<form id="application_form" class="form" method="post" action="/demo/apply">
  <input type="hidden" name="job_id" value="${job.id}">
  <input type="hidden" name="recommendation_id" value="${recommendationId ?? ''}">
  <input type="hidden" name="application_id"><input type="hidden" name="user_id"><input type="hidden" name="anonymous_id">
  <input type="hidden" name="session_id"><input type="hidden" name="consent">
  <label>Full name <input name="full_name" autocomplete="name" required maxlength="200"></label>
  <label>E-mail <input name="email" type="email" autocomplete="email" required maxlength="200"></label>
  <label>Phone <input name="phone" type="tel" autocomplete="tel" maxlength="40"></label>
  <label>Why this job? <textarea name="letter" rows="5" maxlength="4000"></textarea></label>
  <button class="button" id="send_application">Send application</button>
</form></section>`
  return layout({ pageKey, name: 'apply', title: `Apply: ${job.title}`, main })
}

export function appliedPage(
  pageKey: string,
  job: Job,
  applicationId: string,
  recommendationId: string | undefined,
): Html {
  const main = html`<section class="narrow done" data-application="${applicationId}" data-job="${job.id}" data-recommendation="${recommendationId ?? ''}">
<h1>Sent.</h1>
<p>Your application as ${job.title} at ${job.company} is on its way. This is a demo: it goes nowhere.</p>
<p class="row"><a class="button" id="more_jobs" href="/demo/recommended">More recommendations</a></p></section>`
  return layout({ pageKey, name: 'applied', title: 'Application sent', main })
}
