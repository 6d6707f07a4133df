import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { name, rating, seconds } from '../primitives.ts'

export default defineEvent({
  type: 'feature_use',
  table: 'feature_usage',
  title: 'A person used a feature of the site',
  from: ['write', 'server'],
  session: 'extends',
  kind: 'feature_name',
  fields: {
    feature_name: name(),
    /** Seconds. */
    time_spent: seconds().optional(),
    success: z.boolean().optional(),
    satisfaction_score: rating().optional(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a05',
    type: 'feature_use',
    timestamp: '2026-11-23T09:05:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 5,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    feature_name: 'salary_calculator',
    time_spent: 42.5,
    success: true,
    satisfaction_score: 5,
  },
})
