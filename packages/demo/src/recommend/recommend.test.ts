import { expect, test } from 'vitest'
import { jobs } from '../jobs/data.ts'
import type { Job } from '../jobs/job.ts'
import { readProfile, sampleProfile } from './profile.ts'
import { recommend, tiers } from './recommend.ts'

test('gives the same answer to the same profile, whatever the order of the listings', () => {
  expect(recommend([...jobs].reverse(), sampleProfile)).toEqual(recommend(jobs, sampleProfile))
})

test('recommends three jobs a tier, none twice, surer tiers first', () => {
  const found = recommend(jobs, sampleProfile)
  expect(found.map(({ tier }) => tier)).toEqual(tiers.flatMap((tier) => [tier, tier, tier]))
  expect(new Set(found.map(({ job }) => job.id)).size).toBe(found.length)
  const chances = (tier: string) => found.filter((one) => one.tier === tier).map((one) => one.successProbability)
  expect(Math.min(...chances('conservative'))).toBeGreaterThanOrEqual(Math.max(...chances('optimal')))
  expect(Math.min(...chances('optimal'))).toBeGreaterThanOrEqual(Math.max(...chances('stretch')))
})

test('scores by the formula that a person can work out', () => {
  const job = { ...(jobs[0] as Job), id: 'x', level: 2, mode: 'remote', salary: [110_000, 130_000] } satisfies Job
  const only = { ...job, required: ['React', 'SQL'], nice: ['CSS'] }
  const [made] = recommend([only], { skills: ['React', 'CSS'], years: 3, salary: 100_000 })
  // Match (2·1 + 1) / (2·2 + 1) = 0.6; pay 0.5 + 0.2 = 0.7; same level 0.5; remote 0.9.
  // 10 · (0.6·0.6 + 0.15·0.7 + 0.05·0.5 + 0.2·0.9) = 6.7; odds -0.8 + 3.5·0.6 = 1.3, 1 / (1 + e^-1.3) = 0.786.
  expect(made).toMatchObject({
    tier: 'conservative',
    score: 6.7,
    successProbability: 0.786,
    skillsGap: 0.4,
    salaryIncrease: 20_000,
    reasons: ['You have 1 of 2 skills asked for; missing: SQL', 'Pays 20 % more than you earn', 'Your level'],
  })
})

test('stays within the bounds of the contract for any profile', () => {
  for (const skill of ['React', 'Patient care', 'Wiring', 'Teaching', 'Sales'])
    for (const years of [0, 4, 30])
      for (const one of recommend(jobs, readProfile({ skills: [skill], years, salary: 50_000 }))) {
        expect(one.score).toBeGreaterThanOrEqual(0)
        expect(one.score).toBeLessThanOrEqual(10)
        for (const fraction of [one.successProbability, one.skillsGap, one.cultureFit, one.advancement])
          expect(Math.min(Math.max(fraction, 0), 1)).toBe(fraction)
      }
})

test('recommends nothing to a person none of whose skills are asked for', () => {
  expect(recommend(jobs, { ...sampleProfile, skills: [] })).toEqual([])
})

test('reads a profile from a page with what is wrong left out', () => {
  expect(readProfile({ skills: ['React', '<b>', 7], years: -3, salary: 'much' })).toMatchObject({
    skills: ['React'],
    years: sampleProfile.years,
  })
  expect(readProfile(null).skills).toEqual([])
})
