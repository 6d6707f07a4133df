import { ELEMENT_TEXT_CUT, ID_LENGTH_MAX, INTERACTION_TYPES } from '@offertrail/contract/limits'
import { parse, safe } from '../safe.ts'
import type { Emit } from '../types.ts'

/** The element an event began at, inside open shadow trees too; none for what asks to be ignored. */
export function targetOf(event: Event): Element | undefined {
  const target = event.composedPath()[0] as Element | undefined
  return target?.closest && !target.closest('[data-offertrail-ignore]') ? target : undefined
}

/** An element's name for events. Attributes only: a form's fields can shadow its properties. */
export function elementId(element: Element): string | undefined {
  return (element.getAttribute('id') || element.getAttribute('name') || undefined)?.slice(0, ID_LENGTH_MAX)
}

/** What a link or button says. Nothing, if people may have written any of it. */
export function elementText(element: Element): string | undefined {
  const written = 'input,textarea,select,[contenteditable]'
  if (element.closest(written) || element.querySelector(written)) return undefined
  const text = element.textContent?.trim().replace(/\s+/g, ' ') || element.getAttribute('aria-label')
  return text?.slice(0, ELEMENT_TEXT_CUT) || undefined
}

/** `data-offertrail-<name>` of an element. */
export function data(element: Element, name: string): string | undefined {
  return element.getAttribute(`data-offertrail-${name}`) || undefined
}

/** Emits what the nearest `data-offertrail-event` or `-feature` declares. Says whether there was one. */
export function declared(emit: Emit, element: Element): boolean {
  const holder = element.closest('[data-offertrail-event],[data-offertrail-feature]')
  if (!holder) return false
  const name = data(holder, 'event')
  const feature = data(holder, 'feature')
  if (name)
    emit('interaction', {
      ...named(name, safe(parse)(data(holder, 'data') ?? '')),
      ...{ element_id: elementId(holder) },
    })
  if (feature) emit('feature_use', { feature_name: feature })
  return true
}

/** A name for what was done. */
export type InteractionType = (typeof INTERACTION_TYPES)[number]

/** An interaction by name: one of the contract's, or `custom` with the name among its data. */
export function named(name: string, data?: Record<string, unknown>) {
  const known = INTERACTION_TYPES.includes(name as InteractionType)
  return {
    interaction_type: known ? (name as InteractionType) : ('custom' as const),
    interaction_data: known ? data : { ...data, name },
  }
}
