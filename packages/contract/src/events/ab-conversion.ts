import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { freeForm, id, name } from '../primitives.ts'

export default defineEvent({
  type: 'ab_conversion',
  table: 'ab_test_conversions',
  title: 'A person did what a test measures',
  from: ['write', 'server'],
  session: 'names',
  kind: 'conversion_event',
  required: ['user_id'],
  fields: {
    test_id: id(),
    conversion_event: name(),
    value: z.number().min(-1e12).max(1e12).optional(),
    metadata: freeForm(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a19',
    type: 'ab_conversion',
    timestamp: '2026-11-23T09:19:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 19,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    test_id: 'test_1',
    conversion_event: 'application',
    value: 1,
    metadata: { job_id: 'job_456' },
  },
})
