import { keepSavedJobs, savedJobs } from './store.ts'
import { tell } from './tag.ts'

/** Save buttons, on every page that has some. */
export function startSaving(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-save]')
    const id = button?.dataset.save
    if (!id) return
    const saved = savedJobs()
    if (saved.includes(id)) tell('track', 'bookmark_removed', { job_id: id })
    keepSavedJobs(saved.includes(id) ? saved.filter((other) => other !== id) : [...saved, id])
    drawSaved(document.body)
  })
}

/** Shows which jobs are saved. The next click on a saved one takes it back: neither a bookmark nor a click on the card. */
export function drawSaved(root: HTMLElement): void {
  const saved = savedJobs()
  for (const button of root.querySelectorAll<HTMLElement>('[data-save]')) {
    const is = saved.includes(button.dataset.save ?? '')
    button.setAttribute('aria-pressed', String(is))
    button.textContent = is ? 'Saved' : 'Save'
    button.toggleAttribute('data-offertrail-ignore', is)
  }
}

/** The page of saved jobs. */
export function showSaved(main: HTMLElement): void {
  const saved = savedJobs()
  for (const card of main.querySelectorAll<HTMLElement>('[data-job]'))
    if (!saved.includes(card.dataset.job ?? '')) card.remove()
  const none = main.querySelector('#saved_none') as HTMLElement
  const list = main.querySelector('#saved_list') as HTMLElement
  list.hidden = saved.length === 0
  none.hidden = saved.length > 0
}
