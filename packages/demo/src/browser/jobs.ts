import { type Arrival, visit } from './router.ts'
import { tell } from './tag.ts'

/** The search page. What is told of a search is how it went, not what was typed: people type names into search boxes. */
export function showJobs(main: HTMLElement, arrival: Arrival): void {
  const form = main.querySelector('#search_form') as HTMLFormElement
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const filled = [...new FormData(form)].filter(([, value]) => value !== '') as [string, string][]
    const query = new URLSearchParams(filled).toString()
    void visit(new URL(query ? `/demo/jobs?${query}` : '/demo/jobs', location.href).href)
  })
  for (const select of form.querySelectorAll('select')) select.addEventListener('change', () => form.requestSubmit())

  const query = new URLSearchParams(location.search)
  const filters = [...query.keys()].filter((name) => ['field', 'mode', 'salary_min'].includes(name))
  if (arrival === 'back' || (filters.length === 0 && !query.get('q'))) return
  const results = Number((main.querySelector('#results') as HTMLElement).dataset.results)
  tell('track', query.get('q') ? 'search' : 'filter', { results, filters })
}
