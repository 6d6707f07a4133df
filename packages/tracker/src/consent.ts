import { parse, safe } from './safe.ts'
import type { Storage } from './storage.ts'
import type { Purposes } from './types.ts'

/**
 * What the tracker may do. `full`: all of it. `anonymous` (Global Privacy Control or Do Not Track): events without any identifier,
 * nothing stored. `waiting` (opt-in asked for, no answer yet): nothing stored or sent; what happens is held in memory. `off`
 * (refused or withdrawn): nothing.
 */
export type Mode = 'full' | 'anonymous' | 'waiting' | 'off'

/** The mode that follows from the person's own answer, the browser's signal and the site's setting. A signal outweighs a yes. */
export function modeOf(analytics: boolean | undefined, signal: boolean, required: boolean): Mode {
  if (analytics === false) return 'off'
  if (analytics === undefined && required) return 'waiting'
  return signal ? 'anonymous' : 'full'
}

/** Does the browser say that its user does not want this? GPC: https://w3c.github.io/gpc/, DNT: its predecessor. */
export function privacySignal(): boolean {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: unknown }
  return !!globalPrivacyControl || doNotTrack === '1'
}

/** Where the answer is kept. It names nobody, and forgetting a refusal would be worse than storing it. */
export const CONSENT_KEY = 'consent'

/** The answer given on an earlier page, or none. */
export function storedPurposes(storage: Storage): Purposes {
  return safe(parse)(storage.get(CONSENT_KEY) || '{}') ?? {}
}

/** The purposes out of what a site passed, or undefined when they say nothing that `known` does not say already. */
export function changedPurposes(known: Purposes, given: Purposes): Purposes | undefined {
  const next = { ...known }
  let changed = false
  for (const purpose of ['analytics', 'personalization', 'experiments'] as const) {
    const answer = given[purpose]
    if (typeof answer !== 'boolean' || known[purpose] === answer) continue
    next[purpose] = answer
    changed = true
  }
  return changed ? next : undefined
}
