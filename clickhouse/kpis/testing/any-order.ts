import { expect } from 'vitest'
import type { Delivery } from '../../../collector/src/ingest/index.ts'
import type { KpiDatabase } from './kpi-database.ts'

/** Delivers the events once, and then anew: backwards, in two batches, with some of them repeated. A view has to say the same. */
export async function expectSameInAnyOrder(
  database: KpiDatabase,
  ask: () => Promise<unknown[]>,
  events: readonly object[],
  delivery: Partial<Delivery> = {},
): Promise<void> {
  await database.clear()
  await database.deliver(events, delivery)
  const expected = await ask()
  expect(expected.length).toBeGreaterThan(0)

  await database.clear()
  const half = Math.ceil(events.length / 2)
  await database.deliver(events.slice(half).reverse(), delivery)
  await database.deliver(events.slice(0, half + 1).reverse(), delivery)
  await database.deliver(events, delivery)
  expect(await ask()).toEqual(expected)
}

/** A server that tells of the past: what it says has no User-Agent, and its times stand as they are. */
export const fromServer: Partial<Delivery> = {
  keyKind: 'server',
  fromBrowser: false,
  userAgent: '',
  receivedAt: Date.parse('2026-12-31T12:00:00.000Z'),
}
