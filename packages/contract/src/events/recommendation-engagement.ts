import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { count, id, seconds } from '../primitives.ts'

export default defineEvent({
  type: 'recommendation_engagement',
  table: 'recommendation_engagement',
  title: 'A person saw, clicked, saved or dismissed a recommendation',
  from: ['write', 'server'],
  session: 'extends',
  kind: 'engagement_type',
  stream: ['recommendation_id', 'engagement_time'],
  fields: {
    recommendation_id: id(),
    /** `impression` = rendered; `viewed` = at least half of the card on a visible page for 1 s. */
    engagement_type: z.enum(['impression', 'viewed', 'clicked', 'applied', 'saved', 'shared', 'dismissed']),
    /** Seconds. */
    engagement_time: seconds().optional(),
    position: count().min(1).max(65_535).optional(),
    slate_id: id().optional(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a08',
    type: 'recommendation_engagement',
    timestamp: '2026-11-23T09:08:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 8,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    recommendation_id: 'rec_1',
    engagement_type: 'viewed',
    engagement_time: 1,
    position: 1,
    slate_id: 'slate_1',
  },
})
