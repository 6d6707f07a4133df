import { defineEvent } from '../define-event.ts'
import { count, milliseconds, name, percent } from '../primitives.ts'

export default defineEvent({
  type: 'system_sample',
  table: 'system_resources',
  title: 'The state of a host at a moment',
  from: ['server'],
  session: 'extends',
  fields: {
    /** Percent. */
    cpu_usage: percent(),
    /** Percent. */
    memory_usage: percent(),
    /** Percent. */
    disk_usage: percent(),
    active_connections: count().max(4_294_967_295).optional(),
    queue_length: count().max(4_294_967_295).optional(),
    /** Percent. */
    error_rate: percent().optional(),
    /** Milliseconds. */
    response_time_avg: milliseconds().optional(),
    host: name().optional(),
  },
  sample: {
    event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a13',
    type: 'system_sample',
    timestamp: '2026-11-23T09:13:00.000Z',
    cpu_usage: 31.5,
    memory_usage: 62.1,
    disk_usage: 40,
    active_connections: 18,
    queue_length: 0,
    error_rate: 0.2,
    response_time_avg: 55,
    host: 'web-1',
  },
})
