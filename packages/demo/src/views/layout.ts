import { type Html, html } from '../html.ts'

interface PageOptions {
  pageKey: string
  /** Names the page for the script in it. */
  name: string
  title: string
  main: Html
}

const links = [
  { href: '/demo/jobs', name: 'jobs', text: 'Jobs' },
  { href: '/demo/recommended', name: 'recommended', text: 'For you' },
  { href: '/demo/salary', name: 'salary', text: 'Salaries' },
  { href: '/demo/saved', name: 'saved', text: 'Saved' },
]

/** A whole page. The stub and the tag stand in the head, as the tag's README says for sites with a strict policy. */
export function layout({ pageKey, name, title, main }: PageOptions): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Fernway Jobs</title>
<link rel="stylesheet" href="/demo/style.css">
<link rel="icon" href="/demo/icon.svg" type="image/svg+xml">
<script src="/offertrail-stub.js"></script>
<script async src="/offertrail.js" data-key="${pageKey}" data-consent="required"></script>
<script type="module" src="/demo/app.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
  <a class="brand" id="brand" href="/demo/">${mark}<span>Fernway</span></a>
  <nav aria-label="Main">
    ${links.map(
      (link) =>
        html`<a id="nav_${link.name}" href="${link.href}" data-route${current(link.name === name)}>${link.text}</a>`,
    )}
    <a id="nav_resume" href="/demo/resume"${current(name === 'resume')}>Resume</a>
  </nav>
  <button id="account" class="button quiet" type="button" aria-haspopup="dialog" data-offertrail-ignore>Sign in</button>
</header>
<main id="main" data-page="${name}">${main}</main>
<footer>
  <p>Fernway is a made-up job board: the demo of <b>Offertrail</b>. Nobody is hired here, and nothing typed here is kept.</p>
  <button id="privacy_choices" class="link" type="button" data-offertrail-ignore>Privacy choices</button>
</footer>
${consentBanner}${signInDialog}
</body>
</html>`
}

export function notFoundPage(pageKey: string): Html {
  const main = html`<section class="narrow"><h1>Not here</h1><p>This page does not exist, or the job is filled.</p>
<p><a class="button" href="/demo/jobs">All jobs</a></p></section>`
  return layout({ pageKey, name: 'not_found', title: 'Not found', main })
}

function current(is: boolean): Html {
  return is ? html` aria-current="page"` : html``
}

export const mark = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M16 30C16 18 17 10 24 3c3 9-1 16-8 19M16 26C16 18 14 12 7 8c-1 8 3 13 9 15" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>`

// What is clicked in these two says nothing of the site's use, so the tag is asked to look away.
const consentBanner = html`<section id="consent" class="consent" aria-label="Privacy" data-offertrail-ignore hidden>
<form>
  <p><strong>Your choice.</strong> We would like to count how this site is used. Nothing is stored or sent before you choose.</p>
  <fieldset hidden>
    <label><input type="checkbox" name="analytics"> Count my visits</label>
    <label><input type="checkbox" name="personalization"> Recommend from my resume</label>
    <label><input type="checkbox" name="experiments"> Include me in tests</label>
  </fieldset>
  <div class="row">
    <button class="button" value="all">Accept all</button>
    <button class="button" value="none">Refuse all</button>
    <button class="button quiet" value="choose">Choose …</button>
  </div>
</form></section>`

const signInDialog = html`<dialog id="sign_in" data-offertrail-ignore>
<form method="dialog">
  <h2 class="dialog-title">Sign in</h2>
  <p>A name is enough. It stays in this browser; what is measured knows a pseudonym.</p>
  <label class="dialog-field">Name <input name="name" autocomplete="name" required maxlength="100"></label>
  <p class="error" role="alert" hidden></p>
  <div class="row"><button class="button" value="ok">Sign in</button><button class="button quiet" value="cancel" formnovalidate>Cancel</button></div>
</form></dialog>`
