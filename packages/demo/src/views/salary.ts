import { type Html, html } from '../html.ts'
import { fields, levelNames } from '../jobs/job.ts'
import { layout } from './layout.ts'

export function salaryPage(pageKey: string): Html {
  const main = html`<section class="narrow"><h1>What is it paid?</h1>
<p class="muted">From the listings on this board, not from a survey.</p>
<form id="salary_form" class="form two" data-offertrail-ignore>
  <label>Field <select name="field">${fields.map((field) => html`<option>${field}</option>`)}</select></label>
  <label>Level <select name="level">${Object.entries(levelNames).map(
    ([level, name]) => html`<option value="${level}"${level === '2' && html` selected`}>${name}</option>`,
  )}</select></label>
  <button class="button">Calculate</button>
</form>
<div id="salary_result" role="status"></div></section>`
  return layout({ pageKey, name: 'salary', title: 'Salary calculator', main })
}
