import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { purposes } from '../envelope.ts'

export default defineEvent({
  type: 'consent',
  table: 'user_consents',
  title: 'A person agreed to purposes, or withdrew',
  from: ['write', 'server'],
  session: 'extends',
  fields: {
    purposes: z.partialRecord(z.enum(purposes), z.boolean()),
    source: z.string().max(128).optional(),
    policy_version: z.string().max(128).optional(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a20',
    type: 'consent',
    timestamp: '2026-11-23T09:20:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 20,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    purposes: { analytics: true, personalization: true, experiments: false },
    source: 'banner',
    policy_version: '2026-05',
  },
})
