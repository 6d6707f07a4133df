import { stripUrl } from '../strip-url.ts'
import type { Page } from '../types.ts'
import { declared, elementId, elementText, targetOf } from './element.ts'

const CLICKABLE = 'a,area,button,summary,[role=button],[role=link],[role=tab],[type=submit],[type=button],[type=image]'
const FILE =
  /\.(pdf|docx?|xlsx?|pptx?|odt|ods|rtf|txt|csv|json|xml|zip|gz|7z|rar|tar|dmg|exe|msi|pkg|apk|iso|mp3|mp4|mov|avi)$/i

/** Clicks on links and buttons: one interaction each, the most telling of declared, download, outbound and plain. */
export function captureClicks({ emit, listen }: Page) {
  const click = (event: MouseEvent) => {
    const target = targetOf(event)
    if (!target || declared(emit, target)) return
    const element = target.closest(CLICKABLE)
    if (!element) return
    const link = element as HTMLAnchorElement
    const url = typeof link.href === 'string' ? stripUrl(link.href) : ''
    const interaction_type = !url
      ? 'button_click'
      : link.hasAttribute('download') || FILE.test(link.pathname)
        ? 'download'
        : link.host === location.host
          ? 'button_click'
          : 'outbound_click'
    emit('interaction', {
      interaction_type,
      element_id: elementId(element),
      element_text: elementText(element),
      interaction_data: url ? { url } : undefined,
    })
  }
  listen(document, 'click', click)
  listen(document, 'auxclick', (event: MouseEvent) => {
    if (event.button === 1) click(event) // The middle button opens links.
  })
}
