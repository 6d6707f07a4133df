import { drawSaved } from './saved.ts'
import { ask } from './server.ts'
import { consentGiven, keepProfile, ofTab, type Profile, profile } from './store.ts'
import { who } from './tag.ts'

interface Slate {
  basis: 'yours' | 'sample'
  html: string
}

/** The recommendations. A tab keeps its slate until the profile changes: looking again is not recommending again. */
export async function showRecommended(main: HTMLElement): Promise<void> {
  const form = main.querySelector('#profile_form') as HTMLFormElement
  const salary = form.elements.namedItem('salary') as HTMLInputElement
  salary.value = String(profile()?.salary ?? '')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    keepProfile({ ...(profile() ?? { skills: [] }), salary: Number(salary.value) })
    void draw(main)
  })
  main.addEventListener('click', dismiss)
  await draw(main)
}

async function draw(main: HTMLElement): Promise<void> {
  const place = main.querySelector('#slate') as HTMLElement
  try {
    const slate = await slateFor(profileToUse())
    place.innerHTML = slate.html
    const basis = main.querySelector('#basis') as HTMLElement
    basis.textContent =
      slate.basis === 'yours'
        ? 'From your resume: three ways on, by how sure they are.'
        : 'For a sample profile, a frontend developer of four years. Your resume makes it yours.'
    for (const id of dismissed()) place.querySelector(`[data-offertrail-recommendation="${id}"]`)?.remove()
    drawSaved(place)
  } catch (problem) {
    place.textContent = (problem as Error).message
  }
}

async function slateFor(from: Profile | undefined): Promise<Slate> {
  const key = JSON.stringify(from ?? null)
  const known = ofTab.get<{ key: string; slate: Slate }>('slate')
  if (known?.key === key) return known.slate
  const slate = await ask<Slate>('recommendations', { profile: from, ...(await who()) })
  ofTab.keep('slate', { key, slate })
  return slate
}

/** The person's own, unless they said not to use it. */
function profileToUse(): Profile | undefined {
  const own = profile()
  const may = consentGiven()?.personalization !== false
  return may && own && own.skills.length > 0 ? own : undefined
}

const dismissed = () => ofTab.get<string[]>('dismissed') ?? []

function dismiss(event: Event): void {
  const card = (event.target as Element)
    .closest('[data-dismiss]')
    ?.closest<HTMLElement>('[data-offertrail-recommendation]')
  const id = card?.dataset.offertrailRecommendation
  if (!card || !id) return
  ofTab.keep('dismissed', [...dismissed(), id])
  card.remove()
}
