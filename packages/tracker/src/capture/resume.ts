import type { Page } from '../types.ts'
import { targetOf } from './element.ts'

/** `upload_started` for the file chosen in an input marked `data-offertrail-resume`. */
export function captureResumeInputs({ listen, resume }: Page) {
  listen(document, 'change', (event: Event) => {
    const input = targetOf(event)
    if (!input?.matches('[data-offertrail-resume]')) return
    const file = (input as HTMLInputElement).files?.[0]
    if (file) resume(file)
  })
}
