import client from '@platformatic/prom-client'
import { refusalReasons } from './ingest/index.ts'

/** What the collector counts of itself, for Prometheus. Gauges are read when somebody asks. */
export interface Metrics {
  accepted: client.Counter
  duplicates: client.Counter
  rejected: client.Counter<'reason'>
  requests: client.Counter<'status'>
  /** A gauge that asks for its value. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void
  text(): Promise<string>
  readonly contentType: string
}

export function createMetrics(): Metrics {
  const register = new client.Registry()
  client.collectDefaultMetrics({ register })
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new client.Counter<Label>({ name: `offertrail_${name}`, help, labelNames, registers: [register] })
  const rejected = counter('events_rejected_total', 'Events refused, by reason', ['reason'])
  for (const reason of refusalReasons) rejected.inc({ reason }, 0)
  return {
    accepted: counter('events_accepted_total', 'Events written to the spool and promised'),
    duplicates: counter('events_duplicate_total', 'Deliveries of events that were accepted before'),
    rejected,
    requests: counter('ingest_requests_total', 'Requests with events, by status of the answer', ['status']),
    gauge(name, help, read) {
      new client.Gauge({
        name: `offertrail_${name}`,
        help,
        registers: [register],
        async collect() {
          this.set(await read())
        },
      })
    },
    text: () => register.metrics(),
    contentType: register.contentType,
  }
}
