import { QUERY_PARAMETERS_KEPT } from '@offertrail/contract'
import type { Step } from '../types.ts'

/** Where it happened. Query strings carry searches, tokens and addresses: all but utm_* is left out, and so are credentials and fragments. */
export const addPage: Step = ({ event, row }) => {
  row.page_url = stripUrl(String(event.page_url ?? ''))
  row.page_path = pathOf(row.page_url as string)
  row.page_title = event.page_title ?? ''
  row.referrer = stripUrl(String(event.referrer ?? ''))
  for (const field of ['entry_page', 'exit_page'] as const)
    if (field in event) row[field] = stripUrl(String(event[field]))
}

/** The URL or path without credentials, fragment and all parameters that are not kept. Empty for what is no URL. */
export function stripUrl(text: string): string {
  const isPath = text.startsWith('/')
  const url = parseUrl(text)
  if (!url) return ''
  const kept = new URLSearchParams()
  for (const name of QUERY_PARAMETERS_KEPT) for (const value of url.searchParams.getAll(name)) kept.append(name, value)
  const query = kept.size > 0 ? `?${kept}` : ''
  // Of a path such as "/.//x" the parser leaves "//x", which would name a host when it is read again.
  return `${isPath ? url.pathname.replace(/^\/+/, '/') : `${url.origin}${url.pathname}`}${query}`
}

export function pathOf(strippedUrl: string): string {
  return parseUrl(strippedUrl)?.pathname ?? ''
}

/** Not URL.canParse: once optimized, that of Node 20 and 22 says no to hosts with letters beyond ASCII. */
function parseUrl(text: string): URL | undefined {
  try {
    return text === '' ? undefined : new URL(text, base)
  } catch {
    // No URL: what the caller makes of it.
    return undefined
  }
}

const base = 'http://path.invalid'
