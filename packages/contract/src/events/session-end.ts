import { defineEvent } from '../define-event.ts'
import { count, url } from '../primitives.ts'

export default defineEvent({
  type: 'session_end',
  table: 'session_events',
  title: 'A session ends (never needed: sessions are right without it)',
  from: ['write', 'server'],
  session: 'extends',
  stream: ['exit_page', 'conversion_events'],
  fields: {
    exit_page: url().optional(),
    conversion_events: count().max(1_000_000).optional(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a02',
    type: 'session_end',
    timestamp: '2026-11-23T09:02:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 2,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    exit_page: '/jobs',
    conversion_events: 0,
  },
})
