import { ask } from './server.ts'
import { keepUser, user } from './store.ts'
import { tell } from './tag.ts'

/** The button in the corner: signs in by a name, and out. The tag hears the pseudonym, never the name. */
export function startAccount(): void {
  const button = document.querySelector('#account') as HTMLButtonElement
  const dialog = document.querySelector('#sign_in') as HTMLDialogElement
  const form = dialog.querySelector('form') as HTMLFormElement
  const error = dialog.querySelector('.error') as HTMLElement

  const draw = () => {
    const name = user()?.name
    button.textContent = name ? `Sign out ${name}` : 'Sign in'
  }
  button.addEventListener('click', () => {
    if (!user()) return dialog.showModal()
    keepUser(undefined)
    tell('reset')
    draw()
  })
  form.addEventListener('submit', async (event) => {
    if ((event.submitter as HTMLButtonElement).value !== 'ok') return
    event.preventDefault()
    const name = String(new FormData(form).get('name'))
    try {
      const { user_id } = await ask<{ user_id: string }>('sign-in', { name })
      keepUser({ name, user_id })
      tell('identify', user_id)
      dialog.close()
      error.hidden = true
      draw()
    } catch (problem) {
      error.textContent = (problem as Error).message
      error.hidden = false
    }
  })
  const known = user()
  if (known) tell('identify', known.user_id)
  draw()
}
