import { type Html, html } from '../html.ts'
import { fields, type Job, thousands, workModes } from '../jobs/job.ts'
import type { Search } from '../jobs/search.ts'
import { jobCard } from './cards.ts'
import { layout } from './layout.ts'

const salarySteps = [60_000, 90_000, 120_000, 150_000]

export function jobsPage(pageKey: string, search: Search, found: readonly Job[]): Html {
  const main = html`<h1>Jobs</h1>
<form class="filters" action="/demo/jobs" id="search_form" role="search" data-offertrail-ignore>
  <input type="search" name="q" value="${search.text}" aria-label="Title, skill or city" placeholder="Title, skill or city" maxlength="100">
  ${select('field', 'Field', fields, search.field)}
  ${select('mode', 'Place', workModes, search.mode)}
  <select name="salary_min" aria-label="Pay from"><option value="">Any pay</option>${salarySteps.map(
    (amount) =>
      html`<option value="${amount}"${selected(amount === search.salaryMin)}>from ${thousands(amount)}</option>`,
  )}</select>
  <button class="button">Search</button>
</form>
<p id="results" class="muted" data-results="${found.length}" aria-live="polite">${found.length === 1 ? '1 job' : `${found.length} jobs`}</p>
<div class="grid">${found.map(jobCard)}</div>
${found.length === 0 && html`<p class="empty">Nothing fits. Try fewer words, or <a href="/demo/jobs" data-route>see all jobs</a>.</p>`}`
  return layout({ pageKey, name: 'jobs', title: 'Jobs', main })
}

function select(name: string, label: string, options: readonly string[], chosen: string): Html {
  return html`<select name="${name}" aria-label="${label}"><option value="">${label}: any</option>${options.map(
    (option) => html`<option${selected(option === chosen)}>${option}</option>`,
  )}</select>`
}

function selected(is: boolean): Html {
  return is ? html` selected` : html``
}
