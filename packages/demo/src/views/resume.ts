import { type Html, html } from '../html.ts'
import { layout } from './layout.ts'

export function resumePage(pageKey: string): Html {
  const main = html`<section class="narrow"><h1>Your resume</h1>
<p class="muted">We read it to recommend jobs, and forget it. The file is not kept; the skills found stay in this browser.</p>
<form id="resume_form" class="drop" data-offertrail-ignore>
  <label for="resume_file"><b>Choose a file</b><span>PDF with text, or plain text, up to 5 MB</span></label>
</form>
<input id="resume_file" class="file" type="file" form="resume_form" accept=".pdf,.txt,.md,application/pdf,text/plain" data-offertrail-resume>
<p id="resume_state" role="status"></p>
<div id="resume_result" hidden>
  <h2>What we found</h2>
  <table><thead><tr><th>Field</th><th>How sure</th></tr></thead><tbody></tbody></table>
  <p>Skills</p><ul class="tags" id="resume_skills"></ul>
  <p><a class="button" id="resume_recommended" href="/demo/recommended" data-route>See my recommendations</a></p>
</div></section>`
  return layout({ pageKey, name: 'resume', title: 'Your resume', main })
}
