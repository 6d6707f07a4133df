import type { Listen } from './types.ts'

/** Taken while the page is young, so that a page that later replaces them breaks only itself. */
export const { stringify, parse } = JSON

/** The same function, with its errors kept from the page. */
export function safe<Arguments extends unknown[], Result>(
  work: (...args: Arguments) => Result,
): (...args: Arguments) => Result | undefined {
  return (...args) => {
    try {
      return work(...args)
    } catch {
      // The tracker never throws into the page: what failed is lost to us and to nobody else.
      return undefined
    }
  }
}

/** Listens for each of the space-separated types, passively and before the page can stop the event. */
export const listen: Listen = (target, types, listener) => {
  for (const type of types.split(' '))
    target.addEventListener(type, safe(listener as EventListener), { capture: true, passive: true })
}

/** Runs work when the browser is idle, at the latest after `timeoutMs`. */
export function whenIdle(work: () => void, timeoutMs: number): void {
  const guarded = safe(work)
  if ('requestIdleCallback' in window) requestIdleCallback(guarded, { timeout: timeoutMs })
  else setTimeout(guarded, timeoutMs / 2)
}
