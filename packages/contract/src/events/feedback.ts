import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { FEEDBACK_TEXT_CUT } from '../limits.ts'
import { cutText, id, rating } from '../primitives.ts'

export default defineEvent({
  type: 'feedback',
  table: 'user_feedback',
  title: 'What a person says of the recommendations or the site',
  from: ['write', 'server'],
  session: 'extends',
  kind: 'feedback_type',
  stream: ['recommendation_id', 'rating'],
  fields: {
    feedback_type: z.enum([
      'recommendation_quality',
      'system_performance',
      'user_experience',
      'feature_request',
      'bug_report',
      'general_feedback',
    ]),
    rating: rating().optional(),
    feedback_text: cutText(FEEDBACK_TEXT_CUT).optional(),
    recommendation_id: id().optional(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a10',
    type: 'feedback',
    timestamp: '2026-11-23T09:10:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 10,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    feedback_type: 'recommendation_quality',
    rating: 4,
    feedback_text: 'Closer to what I want than last week',
    recommendation_id: 'rec_1',
  },
})
