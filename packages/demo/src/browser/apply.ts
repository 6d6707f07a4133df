import { ask } from './server.ts'
import { ofTab } from './store.ts'
import { tell, who } from './tag.ts'

/** The form: the server hears that an application was started, and by whom. What is typed is none of the tag's business. */
export async function showApply(main: HTMLElement): Promise<void> {
  const form = main.querySelector('#application_form') as HTMLFormElement
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement
  const { ids, consent } = await who()
  for (const name of ['user_id', 'anonymous_id', 'session_id'] as const) field(name).value = ids[name] ?? ''
  field('consent').value = consent?.analytics === false ? 'refused' : ''

  const key = `application.${field('job_id').value}`
  const known = ofTab.get<string>(key)
  if (known) {
    field('application_id').value = known
    return
  }
  const job = { job_id: field('job_id').value, recommendation_id: field('recommendation_id').value }
  try {
    const { application_id } = await ask<{ application_id: string }>('applications', { ...job, ids, consent })
    ofTab.keep(key, application_id)
    field('application_id').value = application_id
  } catch {
    // The form works without: the server makes the id when it is sent.
  }
}

/** The confirmation, told once however often it is looked at. */
export function showApplied(main: HTMLElement): void {
  const { application, job, recommendation } = (main.querySelector('[data-application]') as HTMLElement).dataset
  if (ofTab.get<string>('applied') === application) return
  ofTab.keep('applied', application)
  ofTab.keep(`application.${job}`, undefined)
  tell('track', 'application_complete', { job_id: job })
  if (recommendation) tell('recommendation', recommendation, 'applied')
}
