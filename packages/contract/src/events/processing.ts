import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { amount, day, freeForm, message, name, seconds } from '../primitives.ts'

export default defineEvent({
  type: 'processing',
  table: 'processing_metrics',
  title: 'One run of a process: making recommendations, parsing a resume',
  from: ['server'],
  session: 'extends',
  kind: 'process_name',
  fields: {
    process_name: name(),
    /** Seconds. */
    duration: seconds(),
    success: z.boolean(),
    start_time: day().optional(),
    end_time: day().optional(),
    /** Megabytes. */
    memory_usage: amount().optional(),
    /** Percent of one core, so more than 100 is possible. */
    cpu_usage: amount().optional(),
    cost: amount().optional(),
    error_message: message().optional(),
    metadata: freeForm(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a12',
    type: 'processing',
    timestamp: '2026-11-23T09:12:00.000Z',
    process_name: 'recommendation_workflow',
    duration: 2.5,
    success: true,
    start_time: '2026-11-23T09:10:57.500Z',
    end_time: '2026-11-23T09:11:00.000Z',
    memory_usage: 210.5,
    cpu_usage: 63,
    cost: 0.0025,
    metadata: { candidates: 400 },
  },
})
