import { createApi, type Offertrail } from './api.ts'
import type { Options } from './types.ts'

export type { Offertrail } from './api.ts'
export type { Resume } from './resume.ts'
export type { Ids } from './tracker.ts'
export type { BrowserEventType, Fields, Options, Part, Purposes } from './types.ts'
export { VERSION } from './version.ts'

let started: Offertrail | undefined

/** Starts tracking this page. Called again it gives what the first call made: a page is tracked once. */
export function init(options: Options): Offertrail {
  started ??= createApi(options)
  return started
}
