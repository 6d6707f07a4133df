import { consentGiven, keepConsent } from './store.ts'
import { tell } from './tag.ts'

/** The version of the words in the banner. */
const POLICY_VERSION = '2026-11'
const purposes = ['analytics', 'personalization', 'experiments'] as const

/** The banner: there until it is answered, and again when asked for. */
export function startConsent(): void {
  const banner = document.querySelector('#consent') as HTMLElement
  const form = banner.querySelector('form') as HTMLFormElement
  const choices = banner.querySelector('fieldset') as HTMLFieldSetElement
  const choose = banner.querySelector('button[value=choose]') as HTMLButtonElement
  const box = (purpose: string) => form.elements.namedItem(purpose) as HTMLInputElement

  banner.hidden = consentGiven() !== undefined
  document.querySelector('#privacy_choices')?.addEventListener('click', () => {
    for (const purpose of purposes) box(purpose).checked = consentGiven()?.[purpose] ?? false
    banner.hidden = false
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const { value } = event.submitter as HTMLButtonElement
    if (value === 'choose' && choices.hidden) {
      choices.hidden = false
      choose.textContent = 'Save choice'
      return
    }
    const answers = purposes.map((purpose) => [purpose, value === 'choose' ? box(purpose).checked : value === 'all'])
    const given = Object.fromEntries(answers) as Record<string, boolean>
    keepConsent(given)
    tell('consent', { ...given, source: 'banner', policy_version: POLICY_VERSION })
    banner.hidden = true
  })
}
