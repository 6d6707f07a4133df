import { bounded, type Entry, read, write } from './queue.ts'
import { listen, safe } from './safe.ts'
import type { Storage } from './storage.ts'
import { uuidv7 } from './uuid.ts'

const PREFIX = 'queue.'
/** A lock is free before the last writes of the tab that held it have arrived here; they have after this. */
const SETTLE_MS = 1_000
const ADOPT_EVERY_MS = 15_000
/** Without Web Locks: a queue not written for this long belongs to nobody. Longer than hidden tabs' timers are held back. */
const DEAD_AFTER_MS = 180_000

/** The queue of this tab: in memory, and in storage under a key of its own. */
export interface Outbox {
  entries: () => readonly Entry[]
  /** Stores the entries before it returns, if there is storage. */
  add: (added: readonly Entry[]) => void
  /** Takes out what was acknowledged. */
  remove: (ids: ReadonlySet<string>) => void
  /** Losses not reported yet. */
  lost: { dropped: number; rejected: number }
  /** Forgets all entries and stops storing; `open` starts storing again. */
  close: () => void
  open: () => void
  /** Are the entries stored? */
  durable: () => boolean
}

/**
 * One key a tab, so that tabs don't overwrite each other; the tab holds the Web Lock of its key's name while its page lives. A
 * queue whose lock is free is an orphan: the tab that gets the lock keeps it, so that no other adopts it again. Pages in
 * the back/forward cache hold no lock (it would keep them out of there) and start a new queue when they return.
 */
export function createOutbox(storage: Storage, adopted: () => void, now = Date.now): Outbox {
  let entries: Entry[] = []
  let key = ''
  let durable = false
  let stored = false
  const lost = { dropped: 0, rejected: 0 }
  let release: (() => void)[] = []
  let adopting: ReturnType<typeof setInterval> | undefined

  function save() {
    if (!durable) return
    const empty = !entries.length && !lost.dropped && !lost.rejected
    // When storage is full the last state that fitted stays there: what was acknowledged since is then sent twice and counted once.
    stored = storage.set(key, empty ? undefined : write(entries, { ...lost, alive: now() }))
  }

  function add(added: readonly Entry[]) {
    const known = new Set(entries.map(({ id }) => id))
    const all = entries.concat(added.filter(({ id }) => !known.has(id)))
    entries = bounded(all, now())
    lost.dropped += all.length - entries.length
    save()
  }

  /** Runs `work` while the lock of that name is ours, and keeps it for as long as the page lives. */
  const lock = (name: string, work: () => void) =>
    navigator.locks
      .request(`offertrail.${name}`, { ifAvailable: true }, (granted) => {
        if (!granted) return
        work()
        return new Promise<void>((done) => release.push(done))
      })
      .catch(() => {}) // Opaque origins are refused; they have no storage either.

  const adopt = safe(() => {
    for (const name of storage.keys(PREFIX)) {
      if (name === key) continue
      if (navigator.locks) lock(name, () => setTimeout(take, SETTLE_MS, name))
      else if (now() - (safe(read)(storage.get(name) as string)?.alive ?? 0) > DEAD_AFTER_MS) take(name)
    }
    if (!navigator.locks) save()
  })

  const take = safe((name: string) => {
    const text = storage.get(name)
    if (!text || !durable) return
    const orphan = safe(read)(text)
    if (orphan) {
      lost.dropped += orphan.dropped
      lost.rejected += orphan.rejected
      add(orphan.entries)
    }
    storage.set(name, undefined)
    adopted()
  })

  function open() {
    if (durable) return
    durable = true
    key = PREFIX + uuidv7(now())
    if (navigator.locks) lock(key, () => {})
    save()
    clearInterval(adopting)
    adopting = setInterval(adopt, ADOPT_EVERY_MS)
    setTimeout(adopt, SETTLE_MS)
  }

  function forget() {
    entries = []
    lost.dropped = lost.rejected = 0
  }

  function letGo() {
    for (const done of release) done()
    release = []
  }

  listen(window, 'pagehide', letGo)
  listen(window, 'pageshow', (event: PageTransitionEvent) => {
    if (!event.persisted || !durable) return
    // What is stored was adopted by now, or will be: by us, if by nobody else.
    if (stored) forget()
    durable = false
    open()
  })

  return {
    entries: () => entries,
    add,
    remove(ids) {
      entries = entries.filter(({ id }) => !ids.has(id))
      save()
    },
    lost,
    open,
    durable: () => durable,
    close() {
      durable = false
      forget()
      clearInterval(adopting)
      letGo()
    },
  }
}
