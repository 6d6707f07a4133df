import { ID_LENGTH_MAX } from '@offertrail/contract/limits'
import { installCaptures } from './capture/index.ts'
import { CONSENT_KEY, changedPurposes, type Mode, modeOf, privacySignal, storedPurposes } from './consent.ts'
import { type Context, contextOf, type Draft, draft, finish } from './draft.ts'
import { createOutbox } from './outbox.ts'
import { createLife, measure } from './page.ts'
import { type Entry, utf8Bytes } from './queue.ts'
import { createRate } from './rate.ts'
import { createResumes } from './resume.ts'
import { listen, parse, safe, stringify, whenIdle } from './safe.ts'
import { createSender, REQUEST_BYTES_MAX } from './send.ts'
import { createStorage, transact } from './storage.ts'
import { ACTIVE, type Options, type Page, type Purposes } from './types.ts'
import { uuidv7 } from './uuid.ts'
import { merged, place, type Visitor } from './visitor.ts'

/** Events held in memory while nothing may be stored or sent. */
const HELD_MAX = 200
/** Events are stored when the browser is idle, at the latest after this. */
const STORE_AFTER_MS = 100
/** The shared state not had after this long (storage is stuck): numbered without it. */
const SHARED_WITHIN_MS = 3_000
const VISITOR_KEY = 'visitor'
const USER_KEY = 'user'

/** Who the browser's events say it is. */
export interface Ids {
  anonymous_id?: string | undefined
  session_id?: string | undefined
  user_id?: string | undefined
}

export interface Tracker extends Page {
  identify: (user: string) => void
  /** Forgets who it was (logout): another anonymous id, another session. */
  reset: () => void
  consent: (given: Purposes & { source?: string; policy_version?: string }) => void
  /** Sends what waits; resolves when the requests are over. */
  flush: () => Promise<void>
  ids: () => Ids
}

/** Makes the tracker of a page and starts it. Nothing is stored or sent before consent, signals and prerendering allow it. */
export function createTracker(options: Options): Tracker {
  const storage = createStorage()
  const signal = privacySignal()
  const required = options.consent === 'required'
  const url = options.endpoint + (options.debug ? '?strict=1' : '')
  const life = createLife(!!options.hash)
  const allow = createRate()
  const outbox = createOutbox(storage, () => sender.plan())
  const sender = createSender({ url, key: options.key, outbox, storage })

  let purposes = storedPurposes(storage)
  let mode: Mode = modeOf(purposes.analytics, signal, required)
  let user = (mode === 'full' && storage.get(USER_KEY)) || undefined
  let visitor: Visitor | undefined
  let viewport: Context['viewport']
  let drafts: Draft[] = []
  let scheduled = false
  let shown = !(document as { prerendering?: boolean }).prerendering
  let captured = false
  let unloading = false

  const context = () => contextOf(viewport, mode === 'anonymous' ? { analytics: false } : purposes)
  const running = () => shown && (mode === 'full' || mode === 'anonymous')

  const emit: Page['emit'] = safe((type, fields, bearing = ACTIVE) => {
    if (mode === 'off') return
    const made = allow(Date.now()) && safe(draft)(type, fields, bearing, life.view(), user)
    if (!made || utf8Bytes(made.json) > REQUEST_BYTES_MAX - 4_096) {
      outbox.lost.dropped += 1
      return
    }
    if (options.debug) console.debug('offertrail', made.event)
    drafts.push(made)
    if (drafts.length > HELD_MAX && !running()) {
      drafts.shift()
      outbox.lost.dropped += 1
    }
    if (scheduled || !running()) return
    scheduled = true
    whenIdle(store, STORE_AFTER_MS)
  })

  /** Gives the drafts their ids and numbers, and puts them into the queue. `shared` is the state that all tabs agree on. */
  function stamp(shared?: Visitor): Visitor | undefined {
    if (!running() || !drafts.length) return shared
    const made = drafts
    drafts = []
    const entries: Entry[] = []
    const state = mode === 'full' ? known(shared) : undefined
    const now: Visitor = state ?? { anonymous_id: uuidv7(), session_id: uuidv7(), at: (made[0] as Draft).at, next: 0 }
    for (const one of made) {
      // Who was exposed to a variant can't be said of nobody.
      if (mode !== 'full' && one.event.type.startsWith('ab_')) continue
      const page_title = one.view.url === life.view().url ? document.title : one.title
      const add = (what: Draft, numbers: { session_id?: string; seq?: number }) => {
        const who = mode === 'full' ? { user_id: what.user, anonymous_id: now.anonymous_id, ...numbers } : {}
        entries.push(finish(what, { ...who, page_title, context: context() }))
      }
      const { begins, ...numbers } = place(now, one.at, one.bearing, uuidv7)
      if (begins && mode === 'full')
        add(draft('session_start', { entry_page: one.view.url || undefined }, ACTIVE, one.view, one.user, one.at), {
          ...numbers,
          seq: 0,
        })
      add(one, numbers)
    }
    if (mode === 'full') {
      visitor = now
      storage.set(VISITOR_KEY, stringify(now))
    }
    outbox.add(entries)
    sender.plan()
    return now
  }

  function known(shared?: Visitor): Visitor | undefined {
    const stored = mode === 'full' ? safe(parse)(storage.get(VISITOR_KEY) || 'null') : undefined
    return merged(merged(shared, visitor), stored ?? undefined)
  }

  /** Stamps with the shared state; alone when that is not to be had. Resolves when the drafts of now are in the queue. */
  function store(): Promise<void> {
    scheduled = false
    return new Promise((done) => {
      const alone = () => {
        stamp()
        done()
      }
      if (mode !== 'full' || !drafts.length || !running()) return alone()
      const late = setTimeout(safe(alone), SHARED_WITHIN_MS)
      transact<Visitor | undefined>((shared) => {
        clearTimeout(late)
        const agreed = stamp(shared)
        done()
        return agreed
      }, alone)
    })
  }

  /** Sends what may leave with the page. When the page goes for good there is no time to ask other tabs. */
  function exit() {
    life.leave()
    if (!unloading) {
      store().then(sender.leave)
      return
    }
    stamp()
    sender.leave()
  }

  /** Starts, once everything allows it. */
  function begin() {
    if (!running()) return
    if (mode === 'full') {
      outbox.open()
      if (user) storage.set(USER_KEY, user)
    }
    if (captured) life.enter(true)
    else {
      captured = true
      whenIdle(look, STORE_AFTER_MS)
      listen(window, 'resize', look)
      installCaptures(tracker, options)
    }
    whenIdle(store, STORE_AFTER_MS)
  }

  let looking = false
  function look() {
    if (looking) return
    looking = true
    measure((width, height) => {
      looking = false
      viewport = { width, height }
    })
  }

  /** Forgets everybody at once, here; other tabs do the same when they see the stored answer. */
  function halt() {
    drafts = []
    visitor = user = undefined
    sender.stop()
    outbox.close()
    storage.purge(CONSENT_KEY)
  }

  function enact(next: Mode) {
    if (next === mode) return
    const was = mode
    mode = next
    if (next === 'off' || next === 'waiting') halt()
    else if (was !== 'full') begin()
  }

  const tracker: Tracker = {
    ...life,
    emit,
    enter: () => life.enter(),
    resume: createResumes(emit),
    identify(id) {
      if (mode === 'off' || id == null || id === '') return
      user = String(id).slice(0, ID_LENGTH_MAX)
      if (mode === 'full') storage.set(USER_KEY, user)
    },
    reset() {
      stamp()
      user = undefined
      visitor = { anonymous_id: uuidv7(), session_id: uuidv7(), at: Date.now(), next: 0 }
      if (mode !== 'full') return
      storage.set(USER_KEY, undefined)
      storage.set(VISITOR_KEY, stringify(visitor))
    },
    consent({ source, policy_version, ...given }) {
      const next = changedPurposes(purposes, given)
      if (!next) return
      const was = mode
      const say = { purposes: next, source, policy_version }
      const last = draft('consent', say, ACTIVE, life.view(), user)
      const who = { user_id: user, anonymous_id: known()?.anonymous_id }
      purposes = next
      storage.set(CONSENT_KEY, stringify(next))
      enact(modeOf(next.analytics, signal, required))
      if (mode === 'full') emit('consent', say)
      else if (was === 'full') {
        // The last word of a person we knew: from memory, outside of any session, stored nowhere.
        outbox.add([finish(last, { ...who, context: context() })])
        sender.flush()
      }
    },
    flush: () => store().then(() => sender.flush()),
    ids() {
      stamp()
      const { anonymous_id, session_id } = known() ?? {}
      return { anonymous_id, session_id, user_id: mode === 'full' ? user : undefined }
    },
  }

  storage.onChange((key) => {
    if (!key || key === CONSENT_KEY) {
      purposes = storedPurposes(storage)
      enact(modeOf(purposes.analytics, signal, required))
    }
    if (key === USER_KEY && mode === 'full') user = storage.get(key) || undefined
  })
  listen(window, 'online', sender.retryNow)
  listen(window, 'pagehide', () => {
    unloading = true
    exit()
  })
  listen(window, 'pageshow', (event: PageTransitionEvent) => {
    unloading = false
    if (event.persisted && running()) life.enter(true)
  })
  // On the way up, so that the listeners on the document (web-vitals) have had their say.
  addEventListener(
    'visibilitychange',
    safe(() => {
      if (document.visibilityState === 'hidden') exit()
      else sender.plan()
    }),
  )

  if (mode !== 'full' && storage.keys('').some((key) => key !== CONSENT_KEY)) storage.purge(CONSENT_KEY)
  if (options.user) tracker.identify(options.user)
  if (!shown) {
    listen(document, 'prerenderingchange', () => {
      shown = true
      begin()
    })
  }
  begin()
  return tracker
}
