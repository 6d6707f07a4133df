import { jobs } from '../jobs/data.ts'
import { middleSalary } from '../jobs/job.ts'
import { median } from '../jobs/salary.ts'

/** What the engine knows of a person. */
export interface Profile {
  skills: readonly string[]
  /** Years of work. */
  years: number
  /** Today's pay, US dollars a year. */
  salary: number
}

/** Every skill the listings name, once. */
export const skillNames: readonly string[] = [...new Set(jobs.flatMap(({ required, nice }) => [...required, ...nice]))]

/** Who recommendations are for until there is a resume: a frontend developer some years in. */
export const sampleProfile: Profile = {
  skills: ['TypeScript', 'JavaScript', 'React', 'CSS', 'HTML', 'Accessibility', 'Testing'],
  years: 4,
  salary: 96_000,
}

const YEARS_MAX = 60
const SALARY_MAX = 2_000_000

/** Reads a profile that came from a page. What it lacks is filled: no skills are none, unknown pay is the listings' median. */
export function readProfile(input: unknown): Profile {
  const { skills, years, salary } = (typeof input === 'object' && input !== null ? input : {}) as Record<
    string,
    unknown
  >
  const given = Array.isArray(skills) ? skills : []
  return {
    skills: skillNames.filter((name) => given.includes(name)),
    years: within(years, 0, YEARS_MAX) ?? sampleProfile.years,
    salary: within(salary, 1_000, SALARY_MAX) ?? median(jobs.map(middleSalary)),
  }
}

function within(value: unknown, min: number, max: number): number | undefined {
  return typeof value === 'number' && value >= min && value <= max ? value : undefined
}
