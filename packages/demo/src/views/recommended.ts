import { type Html, html } from '../html.ts'
import { type Tier, tiers } from '../recommend/recommend.ts'
import type { Slate } from '../server/recommendations.ts'
import { jobHead, saveButton } from './cards.ts'
import { layout } from './layout.ts'

/** The frame; the cards come by script, because only the browser knows the profile and who it is. */
export function recommendedPage(pageKey: string): Html {
  const main = html`<header class="page-head"><h1>Recommended for you</h1>
<p class="muted" id="basis">Three ways on, by how sure they are.</p></header>
<form class="profile" id="profile_form" data-offertrail-ignore>
  <label>Your pay today, $ a year <input name="salary" type="number" min="10000" max="1000000" step="1000" inputmode="numeric" placeholder="96000"></label>
  <button class="button quiet">Update</button>
  <a href="/demo/resume">Use my resume</a>
</form>
<div id="slate" aria-live="polite"><p class="muted">Looking through the listings …</p></div>
<noscript><p>Recommendations need JavaScript. <a href="/demo/jobs">All jobs</a> do not.</p></noscript>`
  return layout({ pageKey, name: 'recommended', title: 'Recommended for you', main })
}

const tierTexts: Record<Tier, { title: string; text: string }> = {
  conservative: { title: 'Conservative', text: 'The surest of what fits you.' },
  optimal: { title: 'Optimal', text: 'A good match, and a step on.' },
  stretch: { title: 'Stretch', text: 'Bold. You would grow into it.' },
}

/** A slate as cards, in its tiers. */
export function recommendationCards(slate: Slate): Html {
  return html`<div class="tiers">${tiers.map(
    (tier) => html`<section class="tier ${tier}" aria-labelledby="tier_${tier}">
  <header><h2 id="tier_${tier}">${tierTexts[tier].title}</h2><p>${tierTexts[tier].text}</p></header>
  ${slate.items.filter((item) => item.tier === tier).map((item) => card(item, slate.slate_id))}
</section>`,
  )}</div>`
}

function card(item: Slate['items'][number], slateId: string): Html {
  const { job, recommendation_id, position, score, successProbability, reasons } = item
  return html`<article class="card rec" data-offertrail-recommendation="${recommendation_id}"
    data-offertrail-position="${position}" data-offertrail-slate="${slateId}" data-job="${job.id}">
  ${jobHead(job, `/demo/jobs/${job.id}?rec=${recommendation_id}`)}
  <p class="score"><b>${score.toFixed(1)}</b><span>of 10 · <progress max="100" value="${Math.round(successProbability * 100)}" aria-label="Chance of success"></progress> ${Math.round(successProbability * 100)} % chance</span></p>
  <ul class="reasons">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
  <div class="row end">${saveButton(job, true)}
    <button class="button quiet dismiss" type="button" data-dismiss data-offertrail-engagement="dismissed" data-offertrail-event="dismiss">Not for me</button></div>
</article>`
}
