import type { Page } from '../types.ts'
import { declared, elementId, targetOf } from './element.ts'

/** `form_submit` by the form's own id or name; never anything of its fields. */
export function captureForms({ emit, listen }: Page) {
  listen(document, 'submit', (event: Event) => {
    const form = targetOf(event)
    if (!form) return
    // Declared on the form itself: around it, a declaration speaks of clicks.
    if (form.matches('[data-offertrail-event],[data-offertrail-feature]')) declared(emit, form)
    else emit('interaction', { interaction_type: 'form_submit', element_id: elementId(form) })
  })
}
