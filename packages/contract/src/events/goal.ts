import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { MESSAGE_LENGTH_MAX } from '../limits.ts'
import { day, freeForm, id, percent } from '../primitives.ts'

export default defineEvent({
  type: 'goal',
  table: 'goal_achievement',
  title: 'A goal a person set, and how far it got',
  from: ['server'],
  session: 'names',
  kind: 'goal_type',
  fields: {
    goal_type: z.enum([
      'salary_increase',
      'career_change',
      'skill_development',
      'promotion',
      'work_life_balance',
      'job_satisfaction',
    ]),
    goal_value: z.union([z.string().min(1).max(MESSAGE_LENGTH_MAX), z.number()]).meta({ column: 'text' }),
    /** Default: made from user, type and value. The latest event of a goal_id is its state. */
    goal_id: id().optional(),
    target_date: day().optional(),
    achieved_date: day().optional(),
    achievement_percentage: percent().optional(),
    recommendation_contribution: percent().optional(),
    success_factors: freeForm(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a17',
    type: 'goal',
    timestamp: '2026-11-23T09:17:00.000Z',
    user_id: 'user_123',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    goal_type: 'salary_increase',
    goal_value: 90_000,
    goal_id: 'goal_1',
    target_date: '2027-03-31',
    achievement_percentage: 60,
    recommendation_contribution: 40,
    success_factors: ['training'],
  },
})
