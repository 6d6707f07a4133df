import { createHash, timingSafeEqual } from 'node:crypto'

export type AccessKind = 'write' | 'server' | 'admin'

/** Who a request comes from: a key's kind, or `open` where the collector runs without ingest keys, on loopback. */
export interface Access {
  kind: AccessKind | 'open'
  /** Names the key in limits and logs without giving it away: the first digits of its hash. */
  keyId: string
}

export interface Keys {
  /** The access a key gives; undefined for a key nobody has. No key is `open` where ingest is open. */
  check(key: string | undefined): Access | undefined
  /** Adds a key for as long as the process runs: the demo's, say. */
  add(kind: AccessKind, key: string): void
  /** Adds a key of which only the hash (SHA-256, hex) is known. */
  addHash(kind: AccessKind, hash: string): void
}

/** Keys by kind. Kept as hashes and compared in constant time: neither a dump nor a stopwatch gives one away. */
export function createKeys(given: Record<AccessKind, readonly string[]>, ingestIsOpen: boolean): Keys {
  const entries: { kind: AccessKind; hash: Buffer }[] = []
  const add = (kind: AccessKind, key: string) => {
    entries.push({ kind, hash: hashOf(key) })
  }
  for (const kind of ['admin', 'server', 'write'] as const) for (const key of given[kind]) add(kind, key)
  return {
    check(key) {
      if (key === undefined || key === '') return ingestIsOpen ? { kind: 'open', keyId: 'open' } : undefined
      const hash = hashOf(key)
      const found = entries.filter((entry) => timingSafeEqual(entry.hash, hash))[0]
      return found && { kind: found.kind, keyId: hash.toString('hex').slice(0, 12) }
    },
    add,
    addHash: (kind, hash) => {
      entries.push({ kind, hash: Buffer.from(hash, 'hex') })
    },
  }
}

export function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** The key of `Authorization: Bearer …`. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]
}
