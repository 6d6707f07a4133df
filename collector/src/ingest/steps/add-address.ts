import ipaddr from 'ipaddr.js'
import type { Step } from '../types.ts'

/** The network the request came from: /24 of an IPv4 address, /48 of an IPv6 one. The address itself is never kept. Servers' own addresses say nothing of people. */
export const addAddress: Step = ({ row }, { fromBrowser, address }) => {
  row.ip_address = fromBrowser ? cutAddress(address) : ''
}

/** `203.0.113.77` becomes `203.0.113.0`, `2001:db8:1:2::3` becomes `2001:db8:1::`; anything else becomes empty. */
export function cutAddress(address: string): string {
  if (!ipaddr.isValid(address)) return ''
  const parsed = ipaddr.process(address)
  if (parsed instanceof ipaddr.IPv4) return parsed.octets.slice(0, 3).concat(0).join('.')
  return new ipaddr.IPv6([...parsed.parts.slice(0, 3), 0, 0, 0, 0, 0]).toString()
}
