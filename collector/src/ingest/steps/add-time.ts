import { BROWSER_AGE_MAX_MS, CLOCK_SKEW_TOLERATED_MS, FUTURE_TOLERATED_MS, HISTORY_START } from '@offertrail/contract'
import { canBeStored, sqlTime } from '../times.ts'
import type { Step } from '../types.ts'

const historyStart = Date.parse(HISTORY_START)

/**
 * The event's time. A browser's clock that differs from ours by more than 2 minutes is shifted by the difference; a time that is
 * still impossible (ahead by 5 minutes; from a browser and older than 35 days; from a server and before 2000) becomes the time of receipt.
 */
export const addTime: Step = ({ event, row }, { receivedAt, fromBrowser, sentAt }) => {
  const given = event.timestamp === undefined ? undefined : Date.parse(String(event.timestamp))
  const skew = fromBrowser && sentAt !== undefined ? receivedAt - sentAt : 0
  const shift = given !== undefined && Math.abs(skew) > CLOCK_SKEW_TOLERATED_MS ? skew : 0
  const corrected = (given ?? receivedAt) + shift
  const earliest = fromBrowser ? receivedAt - BROWSER_AGE_MAX_MS : historyStart
  const possible = corrected <= receivedAt + FUTURE_TOLERATED_MS && corrected >= earliest

  row.received_at = sqlTime(receivedAt)
  row.timestamp = sqlTime(possible ? corrected : receivedAt)
  if (given !== undefined && canBeStored(given)) row.client_timestamp = sqlTime(given)
  if (possible && shift !== 0) row.clock_shift_ms = shift
  if (!possible) row.clock_suspect = true
}
