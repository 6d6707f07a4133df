import { defineEvent } from '../define-event.ts'
import { id } from '../primitives.ts'

export default defineEvent({
  type: 'ab_assignment',
  table: 'ab_test_assignments',
  title: 'A person was exposed to a variant of a test',
  from: ['write', 'server'],
  session: 'extends',
  kind: 'test_id',
  required: ['user_id'],
  fields: {
    test_id: id(),
    variant_id: id(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a18',
    type: 'ab_assignment',
    timestamp: '2026-11-23T09:18:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 18,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    test_id: 'test_1',
    variant_id: 'variant_b',
  },
})
