import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { confidences, count, fraction, id, message, percent, seconds } from '../primitives.ts'

export default defineEvent({
  type: 'resume',
  table: 'resume_events',
  title: 'A step of uploading, parsing or validating a resume',
  from: ['write', 'server'],
  session: 'extends',
  kind: 'event_type',
  fields: {
    event_type: z.enum([
      'upload_started',
      'upload_completed',
      'upload_failed',
      'parsing_started',
      'parsing_completed',
      'parsing_failed',
      'validation_started',
      'validation_completed',
      'validation_failed',
    ]),
    resume_id: id().optional(),
    /** Never stored as given: the row holds a hash and the extension. */
    file_name: z.string().max(1_024).optional(),
    /** Bytes. */
    file_size: count().optional(),
    file_type: z.string().max(128).optional(),
    /** Seconds. */
    processing_time: seconds().optional(),
    error_message: message().optional(),
    success_rate: percent().optional(),
    confidence_score: fraction().optional(),
    /** Names and per-field confidence only. */
    extracted_fields: confidences(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a04',
    type: 'resume',
    timestamp: '2026-11-23T09:04:00.000Z',
    user_id: 'user_123',
    anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
    session_id: '0192f0c1-2b3c-7000-8000-000000000051',
    seq: 4,
    page_url: 'https://jobs.example/jobs',
    page_title: 'Jobs for you',
    event_type: 'parsing_completed',
    resume_id: 'resume_1',
    file_name: 'My Resume.pdf',
    file_size: 182_044,
    file_type: 'pdf',
    processing_time: 1.84,
    success_rate: 100,
    confidence_score: 0.93,
    extracted_fields: { email: 0.99, skills: 0.87, phone: null },
  },
})
