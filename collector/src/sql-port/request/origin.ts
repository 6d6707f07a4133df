import type { IncomingHttpHeaders } from 'node:http'
import { ClickHouseError } from '../clickhouse-error.ts'

/**
 * Keeps web pages out: whatever page the person at this machine has open could otherwise send statements here. Programs
 * send neither Origin nor Sec-Fetch-Site. On the loopback the Host must be a loopback name as well, else a page
 * could point a name of its own at this address (DNS rebinding) and pass for the same site.
 * @throws ClickHouseError 403
 */
export function checkOrigin(headers: IncomingHttpHeaders, isLoopback: boolean): void {
  const site = headers['sec-fetch-site']
  const isOtherSite = site !== undefined && site !== 'none' && site !== 'same-origin'
  const isOtherOrigin = headers.origin !== undefined && headers.origin !== `http://${headers.host}`
  if (isOtherSite || isOtherOrigin) throw refused('statements from web pages are not accepted')
  if (isLoopback && !LOOPBACK_HOST.test(headers.host ?? '')) {
    throw refused('the Host header must be localhost, 127.0.0.1 or [::1]')
  }
}

const LOOPBACK_HOST = /^(?:(?:[a-z0-9-]+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])?(?::\d+)?$/iu

function refused(why: string): ClickHouseError {
  return new ClickHouseError('ACCESS_DENIED', `default: ${why}`, 403)
}
