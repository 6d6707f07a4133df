import { named } from './capture/element.ts'
import type { Resume } from './resume.ts'
import { safe } from './safe.ts'
import { createTracker, type Ids, type Tracker } from './tracker.ts'
import type { BrowserEventType, Fields, Options, Purposes } from './types.ts'

type Detail<Type extends BrowserEventType, Key extends string> = Omit<Fields<Type>, Key>

/** What a site can say. Every call is safe at any time: none throws, none waits. */
export interface Offertrail {
  /**
   * An interaction: by name (one of the contract's `interaction_type`s, any other becomes `custom` with the name among its data),
   * or whole.
   */
  track: (what: string | Fields<'interaction'>, data?: Record<string, unknown>) => void
  /** An event of any type that a browser may send. */
  event: <Type extends BrowserEventType>(type: Type, fields: Fields<Type>) => void
  /** The site's own pseudonymous id of the person, from now on and on later pages, until `reset`. */
  identify: (userId: string) => void
  /** A page view by hand. */
  page: () => void
  /** Forgets the person (logout): another anonymous id, another session. */
  reset: () => void
  /** What the person agrees to. `analytics: false` stops and purges at once. */
  consent: (answer: Purposes & { source?: string; policy_version?: string }) => void
  optOut: () => void
  optIn: () => void
  /** Sends what waits; resolves when the requests are over, whether they succeeded or not. */
  flush: () => Promise<void> | undefined
  feature: (name: string, detail?: Detail<'feature_use', 'feature_name'>) => void
  feedback: (feedback: Fields<'feedback'>) => void
  /** What became of a recommendation, where no card says it. */
  recommendation: (
    id: string,
    engagement: Fields<'recommendation_engagement'>['engagement_type'],
    detail?: Detail<'recommendation_engagement', 'recommendation_id' | 'engagement_type'>,
  ) => void
  /** Follows a resume from here: a file chosen (its upload starts), or the `resume_id` of one under way. */
  resume: (subject?: Blob | string) => Resume | undefined
  /** Who the events say it is: for requests of the site's own that end in server events. */
  ids: () => Ids | undefined
  /** Calls back with these methods, now or as soon as they are there. */
  ready: (callback: (offertrail: Offertrail) => void) => void
}

/** Starts tracking this page and gives the methods to a site. */
export function createApi(options: Options): Offertrail {
  // Where it could not start, every call ends in an error that `safe` keeps.
  const tracker = safe(createTracker)(options) as Tracker
  const api: Offertrail = {
    track: (what, data) => tracker.emit('interaction', typeof what === 'string' ? named(what, data) : what),
    event: (type, fields) => tracker.emit(type, fields),
    identify: (userId) => tracker.identify(userId),
    page: () => tracker.enter(),
    reset: () => tracker.reset(),
    consent: (answer) => tracker.consent(answer),
    optOut: () => tracker.consent({ analytics: false }),
    optIn: () => tracker.consent({ analytics: true }),
    flush: () => tracker.flush(),
    feature: (feature_name, detail) => tracker.emit('feature_use', { ...detail, feature_name }),
    feedback: (feedback) => tracker.emit('feedback', feedback),
    recommendation: (recommendation_id, engagement_type, detail) =>
      tracker.emit('recommendation_engagement', { ...detail, recommendation_id, engagement_type }),
    resume: (subject) => tracker.resume(subject),
    ids: () => tracker.ids(),
    ready: (callback) => callback(api),
  }
  for (const name of Object.keys(api) as (keyof Offertrail)[]) (api[name] as unknown) = safe(api[name] as () => void)
  return api
}
