import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { url } from '../primitives.ts'

export default defineEvent({
  type: 'session_start',
  table: 'session_events',
  title: 'A session begins',
  from: ['write', 'server'],
  session: 'extends',
  stream: ['entry_page'],
  fields: {
    device_type: z.enum(['mobile', 'tablet', 'desktop']).optional(),
    browser: z.string().max(64).optional(),
    os: z.string().max(64).optional(),
    entry_page: url().optional(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a01',
    type: 'session_start',
    timestamp: '2026-11-23T09:00:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 0,
    page_url: 'https://jobs.example/search?utm_source=mail',
    page_title: 'Search jobs',
    referrer: 'https://mail.example/',
    context: {
      viewport: { width: 1280, height: 720 },
      language: 'en-GB',
      timezone: 'Europe/London',
      consent: { analytics: true, personalization: true, experiments: true },
      tracker: { name: 'offertrail.js', version: '0.1.0' },
    },
    device_type: 'desktop',
    browser: 'Chrome',
    os: 'Linux',
    entry_page: '/search',
  },
})
