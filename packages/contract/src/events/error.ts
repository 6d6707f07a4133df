import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { STACK_LENGTH_MAX } from '../limits.ts'
import { message, name } from '../primitives.ts'

export default defineEvent({
  type: 'error',
  table: 'error_logs',
  title: 'Something failed, in a browser or on a server',
  from: ['write', 'server'],
  session: 'extends',
  kind: 'error_type',
  fields: {
    error_type: name(),
    error_message: message(),
    stack_trace: z.string().max(STACK_LENGTH_MAX).optional(),
    endpoint: name().optional(),
    severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
    /** Errors with the same fingerprint are one fault; made from type, message and stack when absent. */
    fingerprint: name().optional(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a14',
    type: 'error',
    timestamp: '2026-11-23T09:14:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 14,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    error_type: 'TypeError',
    error_message: 'x is not a function',
    stack_trace: 'TypeError: x is not a function at apply (https://jobs.example/app.js:10:5)',
    endpoint: '/app.js',
    severity: 'medium',
    fingerprint: '9f2c61aa',
  },
})
