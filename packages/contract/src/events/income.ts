import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { currency, money } from '../primitives.ts'

export default defineEvent({
  type: 'income',
  table: 'income_tracking',
  title: 'What a person earns',
  from: ['server'],
  session: 'names',
  kind: 'source',
  fields: {
    current_salary: money(),
    previous_salary: money().optional(),
    target_salary: money().optional(),
    currency: currency().optional(),
    source: z.enum(['self_reported', 'linkedin', 'application_outcome', 'payroll']).optional(),
    verified: z.boolean().optional(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a15',
    type: 'income',
    timestamp: '2026-11-23T09:15:00.000Z',
    user_id: 'user_123',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    current_salary: 85_000,
    previous_salary: 70_000,
    target_salary: 90_000,
    currency: 'USD',
    source: 'application_outcome',
    verified: true,
  },
})
