import { SESSION_IDLE_MS } from '@offertrail/contract/limits'
import { safe, whenIdle } from '../safe.ts'
import { type Fields, type Page, TRAILING } from '../types.ts'
import { data, targetOf } from './element.ts'

const CARD = '[data-offertrail-recommendation]'
/** A card is viewed when at least this much of it was visible for this long. */
const VIEWED_SHARE = 0.5
const VIEWED_MS = 1_000
const SCAN_WITHIN_MS = 200

type Engagement = Fields<'recommendation_engagement'>
type EngagementType = Engagement['engagement_type']

/** A card being looked at. */
interface Look {
  card: Omit<Engagement, 'engagement_type'>
  sinceMs: number
  viewed?: boolean
  timer: ReturnType<typeof setTimeout>
}

/**
 * Cards marked `data-offertrail-recommendation="<id>"`: `impression` when rendered, once an id and page view; `viewed` when half
 * of it was visible for a second, with the further seconds once it goes out of sight; `clicked`, or what a button inside declares.
 */
export function captureRecommendations({ emit, listen, onLeave, onEnter }: Page) {
  let rendered = new WeakMap<Element, string>()
  const counted = new Set<string>()
  const inSight = new Set<Element>()
  const looks = new Map<Element, Look>()
  const tell = (card: Look['card'], engagement_type: EngagementType, engagement_time?: number) =>
    emit(
      'recommendation_engagement',
      { ...card, engagement_type, engagement_time },
      engagement_time ? TRAILING : undefined,
    )

  const observer = new IntersectionObserver(
    safe((entries) => {
      for (const { target, isIntersecting, intersectionRatio } of entries) {
        if (isIntersecting && intersectionRatio >= VIEWED_SHARE) {
          inSight.add(target)
          look(target)
        } else {
          inSight.delete(target)
          lookAway(target)
        }
      }
    }),
    { threshold: VIEWED_SHARE },
  )

  function look(element: Element) {
    if (document.visibilityState !== 'visible' || looks.has(element)) return
    const started: Look = {
      card: cardOf(element),
      sinceMs: performance.now(),
      timer: setTimeout(
        safe(() => {
          started.viewed = true
          tell(started.card, 'viewed', VIEWED_MS / 1_000)
        }),
        VIEWED_MS,
      ),
    }
    looks.set(element, started)
  }

  function lookAway(element: Element) {
    const ended = looks.get(element)
    if (!ended) return
    looks.delete(element)
    clearTimeout(ended.timer)
    const moreMs = Math.min(performance.now() - ended.sinceMs, SESSION_IDLE_MS) - VIEWED_MS
    if (ended.viewed && moreMs >= 1_000) tell(ended.card, 'viewed', Math.round(moreMs) / 1_000)
  }

  let scheduled = false
  const scanSoon = () => {
    if (scheduled) return
    scheduled = true
    whenIdle(scan, SCAN_WITHIN_MS)
  }

  function scan() {
    scheduled = false
    for (const element of document.querySelectorAll(CARD)) {
      const card = cardOf(element)
      const id = card.recommendation_id
      if (!id || rendered.get(element) === id) continue
      rendered.set(element, id)
      // Lists that reuse their elements: what is seen from now on is another card.
      lookAway(element)
      observer.unobserve(element)
      observer.observe(element)
      if (counted.has(id)) continue
      counted.add(id)
      tell(card, 'impression')
    }
  }

  new MutationObserver(scanSoon).observe(document, {
    subtree: true,
    childList: true,
    attributeFilter: ['data-offertrail-recommendation'],
  })
  listen(document, 'visibilitychange', () => inSight.forEach(look))
  listen(window, 'pageshow', () => inSight.forEach(look))
  onLeave(() => {
    for (const element of [...looks.keys()]) lookAway(element)
  })
  onEnter((restored) => {
    counted.clear()
    // Cards that stay while the route changes were rendered for the page before; a page that returns shows them all again.
    if (restored) rendered = new WeakMap()
    inSight.forEach(look)
    scanSoon()
  })
  listen(document, 'click', (event: Event) => {
    const target = targetOf(event)
    const element = target?.closest(CARD)
    if (!target || !element) return
    const button = target.closest('[data-offertrail-engagement]')
    const meant = button && element.contains(button) && data(button, 'engagement')
    // A word that the contract does not know would be refused: then it is a click like any other.
    if (meant && /^(saved|shared|dismissed|applied)$/.test(meant)) tell(cardOf(element), meant as EngagementType)
    else if (!target.closest('input,select,textarea,label')) tell(cardOf(element), 'clicked')
  })
  scanSoon()
}

function cardOf(element: Element): Look['card'] {
  const position = Number(data(element, 'position'))
  return {
    recommendation_id: data(element, 'recommendation') ?? '',
    position: position >= 1 ? position : undefined,
    slate_id: data(element, 'slate'),
  }
}
