import { fields, type Job, workModes } from './job.ts'

/** What a visitor looks for; empty means no wish. */
export interface Search {
  text: string
  field: string
  mode: string
  /** At least so much a year, in US dollars. */
  salaryMin: number
}

/** Longest search text that is looked at. */
const TEXT_LENGTH_MAX = 100

/** Reads a search from a query string; what is not on the lists counts as no wish. */
export function readSearch(query: Record<string, unknown>): Search {
  const known = (value: unknown, list: readonly string[]) => list.find((item) => item === value) ?? ''
  const salaryMin = Number(query.salary_min)
  return {
    text: String(query.q ?? '')
      .slice(0, TEXT_LENGTH_MAX)
      .trim(),
    field: known(query.field, fields),
    mode: known(query.mode, workModes),
    salaryMin: Number.isFinite(salaryMin) && salaryMin > 0 ? salaryMin : 0,
  }
}

/** The jobs that have every word of the text and meet every filter: those with the words in the title first, then as listed. */
export function searchJobs(jobs: readonly Job[], { text, field, mode, salaryMin }: Search): Job[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const inTitle = (job: Job) => words.filter((word) => job.title.toLowerCase().includes(word)).length
  return jobs
    .filter((job) => words.every((word) => textOf(job).includes(word)))
    .filter((job) => (!field || job.field === field) && (!mode || job.mode === mode) && job.salary[1] >= salaryMin)
    .sort((one, other) => inTitle(other) - inTitle(one))
}

function textOf({ title, company, city, field, mode, required, nice, summary }: Job): string {
  return [title, company, city, field, mode, ...required, ...nice, summary].join(' ').toLowerCase()
}
