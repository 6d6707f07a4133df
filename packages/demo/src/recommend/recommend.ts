import { type Job, middleSalary } from '../jobs/job.ts'
import { levelOf } from '../jobs/salary.ts'
import type { Profile } from './profile.ts'

export const tiers = ['conservative', 'optimal', 'stretch'] as const
export type Tier = (typeof tiers)[number]

/** A job recommended, with what speaks for it. All fractions are 0 to 1. */
export interface Recommendation {
  job: Job
  tier: Tier
  /** 0 to 10. */
  score: number
  /** The middle of the range less today's pay, US dollars a year. */
  salaryIncrease: number
  successProbability: number
  skillsGap: number
  cultureFit: number
  advancement: number
  /** Sentences for the person. */
  reasons: string[]
}

/** Names the formula below: change it, change this. */
export const modelVersion = 'skills-salary-1'

const PER_TIER = 3

/** What counts in each tier: a sure thing lives on skills, a stretch on pay and the next step. Each row sums to 1. */
const weights: Record<Tier, { match: number; pay: number; advancement: number; culture: number }> = {
  conservative: { match: 0.6, pay: 0.15, advancement: 0.05, culture: 0.2 },
  optimal: { match: 0.4, pay: 0.3, advancement: 0.2, culture: 0.1 },
  stretch: { match: 0.2, pay: 0.4, advancement: 0.35, culture: 0.05 },
}

/**
 * The best jobs for a person, tier by tier. Jobs that share a skill are ordered by the probability of success and cut in three
 * equal parts: the surest are conservative, the least sure a stretch. In each part the highest scores win. No chance is involved:
 * the same profile gets the same answer.
 */
export function recommend(jobs: readonly Job[], profile: Profile): Recommendation[] {
  const candidates = jobs
    .map((job) => assess(job, profile))
    .filter(({ match }) => match > 0)
    .sort((one, other) => other.successProbability - one.successProbability || compareIds(one.job, other.job))
  const part = Math.ceil(candidates.length / tiers.length)
  return tiers.flatMap((tier, index) =>
    candidates
      .slice(index * part, (index + 1) * part)
      .map((candidate) => toRecommendation(candidate, tier, profile))
      .sort((one, other) => other.score - one.score || compareIds(one.job, other.job))
      .slice(0, PER_TIER),
  )
}

interface Assessment {
  job: Job
  match: number
  pay: number
  levels: number
  successProbability: number
  cultureFit: number
  advancement: number
}

function assess(job: Job, profile: Profile): Assessment {
  const match = matchOf(job, profile)
  const levels = job.level - levelOf(profile.years)
  // Each level above costs more than each level below: who is overqualified may still be wanted.
  const odds = -0.8 + 3.5 * match - 0.8 * Math.max(0, levels) - 0.4 * Math.max(0, -levels)
  return {
    job,
    match,
    levels,
    pay: (middleSalary(job) - profile.salary) / profile.salary,
    successProbability: rounded(1 / (1 + Math.exp(-odds)), 3),
    cultureFit: { remote: 0.9, hybrid: 0.8, 'on-site': 0.6 }[job.mode],
    advancement: clamp(0.5 + 0.25 * levels),
  }
}

/** The share of the skills asked for that the person has; a required one counts twice. */
function matchOf({ required, nice }: Job, { skills }: Profile): number {
  const has = (names: readonly string[]) => names.filter((name) => skills.includes(name)).length
  return (2 * has(required) + has(nice)) / (2 * required.length + nice.length)
}

function toRecommendation(candidate: Assessment, tier: Tier, profile: Profile): Recommendation {
  const { job, match, pay, advancement, cultureFit, successProbability } = candidate
  const weight = weights[tier]
  // No raise is half a point, half as much again is a full one.
  const payPoint = clamp(0.5 + pay)
  const points =
    weight.match * match + weight.pay * payPoint + weight.advancement * advancement + weight.culture * cultureFit
  return {
    job,
    tier,
    score: rounded(10 * points, 1),
    salaryIncrease: Math.round(middleSalary(job) - profile.salary),
    successProbability,
    skillsGap: rounded(1 - match, 3),
    cultureFit,
    advancement,
    reasons: reasonsOf(candidate, profile),
  }
}

function reasonsOf({ job, pay, levels }: Assessment, { skills }: Profile): string[] {
  const missing = job.required.filter((name) => !skills.includes(name))
  const have = job.required.length - missing.length
  const percent = Math.round(Math.abs(pay) * 100)
  return [
    `You have ${have} of ${job.required.length} skills asked for${missing.length > 0 ? `; missing: ${missing.join(', ')}` : ''}`,
    percent === 0 ? 'Pays about what you earn' : `Pays ${percent} % ${pay > 0 ? 'more' : 'less'} than you earn`,
    levels > 0 ? `${levels > 1 ? 'Two steps' : 'One step'} up` : levels === 0 ? 'Your level' : 'Below your level',
  ]
}

function compareIds(one: Job, other: Job): number {
  return one.id < other.id ? -1 : 1
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value))
}

function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}
