import { events, eventTypes } from '@offertrail/contract'
import { accept, type Delivery, duplicateLine, eventLines, type Line, refusalLine } from '../ingest/index.ts'
import type { Row } from './batch.ts'

/** Rows that a table takes if it is the one this version writes: made from the contract's own samples. */
export function samplesOf(table: string): Row[] {
  return allLines()
    .filter((line) => line.table === table)
    .map(({ eventId, json }) => ({ key: eventId, json }))
}

function allLines(): Line[] {
  const inputs = [...eventTypes.map((type) => events[type].sample), {}]
  const { accepted, rejected } = accept(inputs, delivery, { newId: () => '00000000-0000-7000-8000-000000000001' })
  return [
    ...accepted.flatMap(eventLines),
    ...accepted.map(({ stream }) => duplicateLine(stream, false)),
    ...rejected.map(refusalLine),
  ]
}

const delivery: Delivery = {
  receivedAt: Date.UTC(2026, 0, 1),
  keyKind: 'server',
  fromBrowser: false,
  userAgent: '',
  address: '',
  privacySignal: false,
  strict: false,
}
