import { QUERY_PARAMETERS_KEPT, URL_LENGTH_MAX } from '@offertrail/contract/limits'

/**
 * The part of a URL that may leave the page: origin, path and campaign parameters. No user, no password, no other query, no
 * fragment (unless `keepHash`: routes live there, up to its own query). Empty for what is not http(s) or no URL at all.
 */
export function stripUrl(raw: string, keepHash?: boolean): string {
  try {
    const url = new URL(raw)
    if (!/^https?:$/.test(url.protocol)) return ''
    const kept = new URLSearchParams()
    url.searchParams.forEach((value, name) => {
      if ((QUERY_PARAMETERS_KEPT as readonly string[]).includes(name)) kept.append(name, value)
    })
    const query = `${kept}`
    const hash = keepHash ? url.hash.replace(/\?.*/, '') : ''
    return (url.origin + url.pathname + (query && `?${query}`) + hash).slice(0, URL_LENGTH_MAX)
  } catch {
    return '' // Not a URL: nothing to say.
  }
}
