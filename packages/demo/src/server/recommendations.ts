import { randomUUID } from 'node:crypto'
import { jobs } from '../jobs/data.ts'
import { type Profile, sampleProfile } from '../recommend/profile.ts'
import { modelVersion, type Recommendation, recommend } from '../recommend/recommend.ts'
import { forPerson, type Person } from './person.ts'
import type { Reporter, ServerEvent } from './reporter.ts'

/** Recommendations as they were made once: a page that shows them again says the same ids. */
export interface Slate {
  slate_id: string
  /** `yours` when made from the person's own resume, `sample` from a made-up one. */
  basis: 'yours' | 'sample'
  items: (Recommendation & { recommendation_id: string; position: number })[]
}

/** Recommends, and reports each recommendation and the run. */
export function makeSlate(profile: Profile | undefined, person: Person, reporter: Reporter): Slate {
  const startedMs = performance.now()
  const startTime = new Date()
  const slate_id = randomUUID()
  const found = recommend(jobs, profile ?? sampleProfile)
  const items = found.map((item, index) => ({ ...item, recommendation_id: randomUUID(), position: index + 1 }))
  reporter.report(
    forPerson(person, [
      ...items.map((item) => recommendationEvent(item, slate_id)),
      {
        type: 'processing',
        process_name: 'recommendation_workflow',
        duration: (performance.now() - startedMs) / 1_000,
        success: items.length > 0,
        start_time: startTime.toISOString(),
        end_time: new Date().toISOString(),
        metadata: { candidates: jobs.length, recommended: items.length, model_version: modelVersion },
      },
    ]),
  )
  return { slate_id, basis: profile ? 'yours' : 'sample', items }
}

function recommendationEvent(item: Slate['items'][number], slate_id: string): ServerEvent {
  return {
    type: 'recommendation',
    recommendation_id: item.recommendation_id,
    job_id: item.job.id,
    tier: item.tier,
    recommendation_score: item.score,
    salary_increase_potential: item.salaryIncrease,
    success_probability: item.successProbability,
    skills_gap_score: item.skillsGap,
    company_culture_fit: item.cultureFit,
    career_advancement_potential: item.advancement,
    slate_id,
    position: item.position,
    model_version: modelVersion,
    // The engine does not explore: what it recommends, it would recommend every time.
    propensity: 1,
    currency: 'USD',
  }
}
