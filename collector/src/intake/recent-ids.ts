/** What is known of an id that arrived: what its event said, and whether it is on disk yet. */
export interface RecentId {
  contentHash: string
  /** Resolves when the event is on disk, rejects when it could not be written; undefined: it is on disk. */
  pending?: Promise<unknown>
}

export interface RecentIds {
  get(eventId: string): RecentId | undefined
  set(eventId: string, known: RecentId): void
  delete(eventId: string): void
  readonly size: number
}

/**
 * The latest ids, so that most repetitions are named in the answer. Bounded: two generations of `max / 2`, the older dropped when the
 * newer is full. An id that fell out is still recognised by the writer, which asks the database before it inserts.
 */
export function createRecentIds(max: number): RecentIds {
  const generationMax = Math.max(1, Math.floor(max / 2))
  let current = new Map<string, RecentId>()
  let previous = new Map<string, RecentId>()
  return {
    get: (eventId) => current.get(eventId) ?? previous.get(eventId),
    set(eventId, known) {
      if (current.size >= generationMax && !current.has(eventId)) {
        previous = current
        current = new Map()
      }
      current.set(eventId, known)
    },
    delete(eventId) {
      current.delete(eventId)
      previous.delete(eventId)
    },
    get size() {
      return current.size + previous.size
    },
  }
}
