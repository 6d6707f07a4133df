import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { freeForm, milliseconds } from '../primitives.ts'

export default defineEvent({
  type: 'web_vital',
  table: 'web_vitals',
  title: 'A Core Web Vital of one page view',
  from: ['write', 'server'],
  session: 'extends',
  kind: 'metric',
  fields: {
    metric: z.enum(['LCP', 'INP', 'CLS', 'FCP', 'TTFB']),
    /** Milliseconds; CLS has no unit. */
    value: milliseconds(),
    rating: z.enum(['good', 'needs-improvement', 'poor']).optional(),
    navigation_type: z.string().max(32).optional(),
    attribution: freeForm(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a06',
    type: 'web_vital',
    timestamp: '2026-11-23T09:06:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 6,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    metric: 'LCP',
    value: 1_234.5,
    rating: 'good',
    navigation_type: 'navigate',
    attribution: { target: 'main>h1' },
  },
})
