import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { freeForm, name, signedMoney } from '../primitives.ts'

export default defineEvent({
  type: 'career_advancement',
  table: 'career_advancement',
  title: 'A step in a career',
  from: ['server'],
  session: 'names',
  kind: 'advancement_type',
  fields: {
    advancement_type: z.enum([
      'promotion',
      'salary_increase',
      'role_change',
      'skill_development',
      'certification',
      'education',
      'networking',
      'mentorship',
    ]),
    previous_role: name().optional(),
    new_role: name().optional(),
    salary_change: signedMoney().optional(),
    skill_improvements: freeForm(),
    /** How far a recommendation led to it, -1 to 1. */
    recommendation_correlation: z.number().min(-1).max(1).optional(),
    success_factors: freeForm(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a16',
    type: 'career_advancement',
    timestamp: '2026-11-23T09:16:00.000Z',
    user_id: 'user_123',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    advancement_type: 'promotion',
    previous_role: 'Nurse',
    new_role: 'Ward manager',
    salary_change: 9_000,
    skill_improvements: ['leadership'],
    recommendation_correlation: 0.7,
    success_factors: { mentor: true },
  },
})
