import { ask } from './server.ts'
import { tell } from './tag.ts'

interface Estimate {
  low: number
  median: number
  high: number
  listings: number
  widened: boolean
}

/** The calculator: each answer is one use of the feature, with the time it took the person to ask. */
export function showSalary(main: HTMLElement): void {
  const form = main.querySelector('#salary_form') as HTMLFormElement
  const result = main.querySelector('#salary_result') as HTMLElement
  let sinceMs = performance.now()
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const time_spent = Math.round(performance.now() - sinceMs) / 1_000
    sinceMs = performance.now()
    const query = new URLSearchParams([...new FormData(form)] as [string, string][])
    try {
      const estimate = await ask<Estimate>(`salary?${query}`)
      result.replaceChildren(...draw(estimate))
      tell('feature', 'salary_calculator', { time_spent, success: true })
    } catch (problem) {
      result.textContent = (problem as Error).message
      tell('feature', 'salary_calculator', { time_spent, success: false })
    }
  })
}

const dollars = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 })

function draw({ low, median, high, listings, widened }: Estimate): HTMLElement[] {
  const line = (className: string, text: string) =>
    Object.assign(document.createElement('p'), { className, textContent: text })
  const from = `${listings} ${listings === 1 ? 'listing' : 'listings'}${widened ? ', of all levels: there is none of this one' : ''}`
  return [
    line('big', dollars.format(median)),
    line('muted', `Median of ${from}. Offers run from ${dollars.format(low)} to ${dollars.format(high)} a year.`),
  ]
}
