import { cut } from '@offertrail/contract'
import bowser from 'bowser'
import { isbot } from 'isbot'
import type { Step } from '../types.ts'

/** Characters of a User-Agent that are looked at. */
const USER_AGENT_LENGTH_MAX = 1_024
/** Characters of a browser's or system's name, which for an unknown one is what its User-Agent says. */
const NAME_LENGTH_MAX = 64
/** User-Agents whose answer is remembered: parsing one takes longer than the rest of an event. */
const REMEMBERED_MAX = 2_000

export interface Device {
  device_type: '' | 'mobile' | 'tablet' | 'desktop'
  browser: string
  os: string
  is_bot: boolean
}

/**
 * Device, browser, system and whether it is a robot. A browser's request is judged by its own User-Agent; a server's by the
 * `context.user_agent` it passes on, never by the HTTP library it calls us with. What the event itself says stands.
 */
export const addDevice: Step = ({ event, row }, { fromBrowser, userAgent }) => {
  const context = event.context as { user_agent?: string } | undefined
  const device = judge(fromBrowser ? userAgent : (context?.user_agent ?? ''))
  row.device_type = event.device_type ?? device.device_type
  row.browser = event.browser ?? device.browser
  row.os = event.os ?? device.os
  row.is_bot = device.is_bot
}

/** What a User-Agent says; nothing, and no robot, for an empty one. */
export function judge(userAgent: string): Device {
  if (userAgent === '') return nothing
  const key = cut(userAgent, USER_AGENT_LENGTH_MAX)
  const known = remembered.get(key)
  if (known) return known
  const device = parse(key)
  if (remembered.size >= REMEMBERED_MAX) remembered.delete(remembered.keys().next().value as string)
  remembered.set(key, device)
  return device
}

const nothing: Device = { device_type: '', browser: '', os: '', is_bot: false }
const remembered = new Map<string, Device>()

function parse(userAgent: string): Device {
  const { browser, os, platform } = bowser.parse(userAgent)
  const type = platform.type
  return {
    device_type: type === 'mobile' || type === 'tablet' || type === 'desktop' ? type : '',
    browser: cut(browser.name ?? '', NAME_LENGTH_MAX),
    os: cut(os.name ?? '', NAME_LENGTH_MAX),
    is_bot: isbot(userAgent) || type === 'bot',
  }
}
