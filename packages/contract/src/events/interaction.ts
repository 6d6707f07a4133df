import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { ELEMENT_TEXT_CUT, INTERACTION_TYPES } from '../limits.ts'
import { cutText, freeForm, id } from '../primitives.ts'

export default defineEvent({
  type: 'interaction',
  table: 'user_interactions',
  title: 'A person did something on a page',
  from: ['write', 'server'],
  session: 'extends',
  kind: 'interaction_type',
  fields: {
    interaction_type: z.enum(INTERACTION_TYPES),
    element_id: id().optional(),
    element_text: cutText(ELEMENT_TEXT_CUT).optional(),
    interaction_data: freeForm(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a03',
    type: 'interaction',
    timestamp: '2026-11-23T09:03:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 3,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    interaction_type: 'search',
    element_id: 'search_form',
    element_text: 'Find jobs',
    interaction_data: { query: 'nurse', results: 24 },
  },
})
