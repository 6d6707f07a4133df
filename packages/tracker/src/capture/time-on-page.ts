import { SESSION_IDLE_MS } from '@offertrail/contract/limits'
import { type Page, TRAILING } from '../types.ts'

/** `time_on_page`: seconds the page was visible and focused since the last report, reported whenever it is left. */
export function captureTime({ emit, listen, onLeave }: Page) {
  let spentMs = 0
  let sinceMs = 0
  const count = () => {
    const now = performance.now()
    // A page that lay open and focused for hours was not read for hours.
    if (sinceMs) spentMs += Math.min(now - sinceMs, SESSION_IDLE_MS)
    sinceMs = document.visibilityState === 'visible' && document.hasFocus() ? now : 0
  }
  listen(window, 'visibilitychange focus blur pageshow', count)
  onLeave(() => {
    count()
    if (spentMs < 1_000) return
    emit(
      'interaction',
      { interaction_type: 'time_on_page', interaction_data: { seconds: Math.round(spentMs) / 1_000 } },
      TRAILING,
    )
    spentMs = 0
  })
  count()
}
