import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { amount, message, milliseconds, name } from '../primitives.ts'

export default defineEvent({
  type: 'api_call',
  table: 'api_performance',
  title: 'One request a server answered',
  from: ['server'],
  session: 'extends',
  kind: 'endpoint',
  fields: {
    /** The route pattern, not the raw URL. */
    endpoint: name(),
    method: z.string().regex(/^[A-Z]{1,16}$/, 'must be an HTTP method in capitals'),
    /** Milliseconds. */
    response_time: milliseconds(),
    status_code: z.int().min(100).max(599),
    /** Bytes. */
    request_size: amount().optional(),
    /** Bytes. */
    response_size: amount().optional(),
    error_message: message().optional(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a11',
    type: 'api_call',
    timestamp: '2026-11-23T09:11:00.000Z',
    endpoint: '/api/jobs/:id',
    method: 'GET',
    response_time: 48.2,
    status_code: 200,
    request_size: 312,
    response_size: 20_480,
  },
})
