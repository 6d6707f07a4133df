/** A vacancy. */
export interface Job {
  id: string
  title: string
  company: string
  city: string
  mode: WorkMode
  field: Field
  level: Level
  /** A year, in US dollars: lowest and highest. */
  salary: readonly [number, number]
  /** Skills asked for, by the names in `skillNames`. */
  required: readonly string[]
  nice: readonly string[]
  summary: string
  duties: readonly string[]
}

export const workModes = ['remote', 'hybrid', 'on-site'] as const
export type WorkMode = (typeof workModes)[number]

export const fields = ['Technology', 'Data', 'Design', 'Health', 'Trades', 'Education', 'Business'] as const
export type Field = (typeof fields)[number]

/** 1 junior, 2 regular, 3 senior, 4 lead. */
export type Level = 1 | 2 | 3 | 4
export const levelNames: Record<Level, string> = { 1: 'Junior', 2: 'Regular', 3: 'Senior', 4: 'Lead' }

/** The middle of the salary range, in US dollars a year. */
export function middleSalary({ salary: [low, high] }: Pick<Job, 'salary'>): number {
  return (low + high) / 2
}

/** `$92k – $118k`. */
export function salaryRange({ salary: [low, high] }: Pick<Job, 'salary'>): string {
  return `${thousands(low)} – ${thousands(high)}`
}

export function thousands(amount: number): string {
  return `$${Math.round(amount / 1_000)}k`
}
