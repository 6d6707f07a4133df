import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { MESSAGE_LENGTH_MAX } from '../limits.ts'
import { count, currency, day, freeForm, id, money } from '../primitives.ts'

export default defineEvent({
  type: 'application',
  table: 'application_outcomes',
  title: 'An application and what became of it',
  from: ['server'],
  session: 'names',
  kind: 'application_status',
  stream: ['recommendation_id', 'application_id', 'final_salary', 'currency'],
  fields: {
    recommendation_id: id(),
    application_id: id(),
    application_status: z.enum([
      'started',
      'submitted',
      'under_review',
      'interview_scheduled',
      'interview_completed',
      'offer_received',
      'offer_accepted',
      'offer_declined',
      'rejected',
      'withdrawn',
    ]),
    application_date: day().optional(),
    outcome_date: day().optional(),
    salary_offered: money().optional(),
    salary_negotiated: money().optional(),
    final_salary: money().optional(),
    currency: currency().optional(),
    interview_rounds: count().max(1_000).optional(),
    feedback_received: z
      .union([z.boolean(), z.string().max(MESSAGE_LENGTH_MAX)])
      .optional()
      .meta({ column: 'text' }),
    success_factors: freeForm(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a09',
    type: 'application',
    timestamp: '2026-11-23T09:09:00.000Z',
    user_id: 'user_123',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    recommendation_id: 'rec_1',
    application_id: 'app_1',
    application_status: 'offer_accepted',
    application_date: '2026-10-01',
    outcome_date: '2026-11-20',
    salary_offered: 82_000,
    salary_negotiated: 85_000,
    final_salary: 85_000,
    currency: 'USD',
    interview_rounds: 3,
    feedback_received: 'Strong portfolio',
    success_factors: ['portfolio', 'referral'],
  },
})
