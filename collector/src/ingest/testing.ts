import type { Delivery } from './types.ts'

/** 2026-11-23T12:00:00.000Z */
export const NOON = Date.UTC(2026, 10, 23, 12)

/** A back end's call at noon. */
export const fromServer: Delivery = {
  receivedAt: NOON,
  keyKind: 'server',
  fromBrowser: false,
  userAgent: 'node',
  address: '192.0.2.1',
  privacySignal: false,
  strict: false,
}

/** A page's request at noon. */
export const fromPage: Delivery = {
  ...fromServer,
  keyKind: 'write',
  fromBrowser: true,
  userAgent: 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  address: '203.0.113.77',
}

/** Ids that count up, so that tests can name them. */
export function countingIds(): { newId(): string } {
  let count = 0
  return {
    newId() {
      count += 1
      return `0192f0c1-0000-7000-8000-${String(count).padStart(12, '0')}`
    },
  }
}
