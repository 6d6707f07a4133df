import { type Job, type Level, middleSalary } from './job.ts'

export interface SalaryEstimate {
  /** US dollars a year: lowest, middle and highest of the listings it stands on. */
  low: number
  median: number
  high: number
  listings: number
  /** All listings of the field stood in, because none has the level. */
  widened: boolean
}

/** What people of a field and level are paid, by the listings. Undefined where there is no listing of the field. */
export function estimateSalary(jobs: readonly Job[], field: string, level: Level): SalaryEstimate | undefined {
  const inField = jobs.filter((job) => job.field === field)
  const atLevel = inField.filter((job) => job.level === level)
  const used = atLevel.length > 0 ? atLevel : inField
  if (used.length === 0) return undefined
  return {
    low: Math.min(...used.map(({ salary }) => salary[0])),
    median: median(used.map(middleSalary)),
    high: Math.max(...used.map(({ salary }) => salary[1])),
    listings: used.length,
    widened: atLevel.length === 0,
  }
}

/** The level that so many years of work usually make. */
export function levelOf(years: number): Level {
  if (years < 2) return 1
  if (years < 6) return 2
  return years < 11 ? 3 : 4
}

/** The middle value, or the mean of the two middle ones. Undefined of nothing is a mistake of the caller: NaN. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}
