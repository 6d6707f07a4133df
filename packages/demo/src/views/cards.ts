import { type Html, html } from '../html.ts'
import { type Job, levelNames, salaryRange } from '../jobs/job.ts'

/** A job in a list. */
export function jobCard(job: Job): Html {
  return html`<article class="card" data-job="${job.id}">
  ${jobHead(job, `/demo/jobs/${job.id}`)}
  <p>${job.summary}</p>
  ${tags(job.required)}
  <div class="row end">${saveButton(job)}</div>
</article>`
}

/** Company, title and facts; the title links to the job. */
export function jobHead(job: Job, href: string): Html {
  return html`<header class="job-head">${logo(job)}<div>
  <h3><a href="${href}" data-route>${job.title}</a></h3>
  <p class="facts">${job.company} · ${job.city} · ${job.mode} <b>${salaryRange(job)}</b></p></div></header>`
}

/** A monogram instead of a picture, in one of six colours by the company's name. */
export function logo({ company }: Job): Html {
  const tone = [...company].reduce((sum, character) => sum + character.charCodeAt(0), 0) % 6
  const letters = company
    .split(' ')
    .map((word) => word[0] ?? '')
    .filter((letter) => /[A-Z]/.test(letter))
    .slice(0, 2)
    .join('')
  return html`<span class="logo tone-${tone}" aria-hidden="true">${letters}</span>`
}

export function tags(names: readonly string[], has: readonly string[] = []): Html {
  return html`<ul class="tags">${names.map((name) => html`<li${has.includes(name) && html` class="has"`}>${name}</li>`)}</ul>`
}

export function saveButton(job: Job, engagement = false): Html {
  return html`<button class="button quiet save" type="button" data-save="${job.id}" aria-pressed="false"
    data-offertrail-event="bookmark" data-offertrail-data="${JSON.stringify({ job_id: job.id })}"${engagement && html` data-offertrail-engagement="saved"`}>Save</button>`
}

export function levelOfJob({ level }: Job): string {
  return levelNames[level]
}
