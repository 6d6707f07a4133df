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
  if (text === '') return ''
  const isPath = text.startsWith('/')
  if (!URL.canParse(text, base)) return ''
  const url = new URL(text, base)
  const kept = new URLSearchParams()
  for (const name of QUERY_PARAMETERS_KEPT) for (const value of url.searchParams.getAll(name)) kept.append(name, value)
  const query = kept.size > 0 ? `?${kept}` : ''
  return `${isPath ? '' : url.origin}${url.pathname}${query}`
}

export function pathOf(strippedUrl: string): string {
  return strippedUrl === '' ? '' : new URL(strippedUrl, base).pathname
}

const base = 'http://path.invalid'
