import { type Html, html } from '../html.ts'
import { jobs } from '../jobs/data.ts'
import { fields } from '../jobs/job.ts'
import { jobCard } from './cards.ts'
import { layout } from './layout.ts'

const NEWEST = 3

export function homePage(pageKey: string): Html {
  const main = html`<section class="hero">
  <h1>Work that fits the life you have.</h1>
  <p>${jobs.length} jobs, pay shown on every one. Tell us what you can do and we show three ways on: a safe one, a good one, a bold one.</p>
  <form class="search" action="/demo/jobs" id="home_search" role="search" data-offertrail-ignore>
    <input type="search" name="q" aria-label="Title, skill or city" placeholder="Title, skill or city" maxlength="100">
    <button class="button">Search</button>
  </form>
  <p class="row"><a class="button light" id="start_resume" href="/demo/resume">Upload your resume</a>
  <a class="button ghost" id="start_recommended" href="/demo/recommended">See recommendations</a></p>
</section>
<section>
  <h2>Browse</h2>
  <ul class="fields">${fields.map(
    (field) =>
      html`<li><a href="/demo/jobs?field=${field}"><b>${field}</b><span>${jobs.filter((job) => job.field === field).length} jobs</span></a></li>`,
  )}</ul>
</section>
<section>
  <h2>New this week</h2>
  <div class="grid">${jobs.slice(0, NEWEST).map(jobCard)}</div>
</section>`
  return layout({ pageKey, name: 'home', title: 'Jobs with the pay on them', main })
}
