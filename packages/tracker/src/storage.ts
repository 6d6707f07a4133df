import { safe } from './safe.ts'

const PREFIX = 'offertrail.'

/** First-party storage that may be missing, full or forbidden (sandboxed frames throw on a mere look): then it forgets. */
export interface Storage {
  get: (key: string) => string | null | undefined
  /** Says whether the value is stored. An undefined value removes the key. */
  set: (key: string, value: string | undefined) => boolean
  /** Our keys that start so, without our own prefix. */
  keys: (start: string) => string[]
  /** Removes everything of ours but what `keep` names. */
  purge: (keep: string) => void
  /** Tells what another tab changed: the key without our prefix (null: everything was cleared). */
  onChange: (callback: (key: string | null) => void) => void
}

export function createStorage(): Storage {
  const keys = safe((start: string) =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX + start))
      .map((key) => key.slice(PREFIX.length)),
  )
  const set = safe((key: string, value: string | undefined) => {
    if (value === undefined) localStorage.removeItem(PREFIX + key)
    else localStorage.setItem(PREFIX + key, value)
    return true
  })
  const storage: Storage = {
    get: safe((key) => localStorage.getItem(PREFIX + key)),
    set: (key, value) => set(key, value) ?? false,
    keys: (start) => keys(start) ?? [],
    purge(keep) {
      for (const key of storage.keys('')) if (key !== keep) storage.set(key, undefined)
      safe(() => indexedDB.deleteDatabase(DATABASE))()
    },
    onChange(callback) {
      addEventListener(
        'storage',
        safe(({ key }) => {
          if (!key) callback(null)
          else if (key.startsWith(PREFIX)) callback(key.slice(PREFIX.length))
        }),
      )
    },
  }
  return storage
}

const DATABASE = 'offertrail'
const STORE = 'shared'

/**
 * Replaces the one shared value by what `work` makes of it, atomically across tabs. localStorage can't do that, not even under a
 * Web Lock: its writes reach other processes some milliseconds after the lock does. Calls `work` never, when there is no IndexedDB.
 */
export function transact<Value>(work: (value: Value | undefined) => Value, failed: () => void): void {
  const fail = safe(failed)
  try {
    const opening = indexedDB.open(DATABASE)
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE)
    opening.onerror = fail
    opening.onsuccess = safe(() => {
      const database = opening.result
      try {
        const store = database.transaction(STORE, 'readwrite').objectStore(STORE)
        const reading = store.get(STORE)
        reading.onsuccess = safe(() => store.put(work(reading.result), STORE))
        reading.onerror = fail
      } catch {
        fail() // The store is not there: somebody else's database, or a half-deleted one.
      }
      database.close() // Takes effect when the transaction is over; an open connection could hold up a purge.
    })
  } catch {
    fail() // Sandboxed frames and old private modes throw on a mere look.
  }
}
