import { createHash } from 'node:crypto'

/** 16 hex digits of SHA-256: names a thing by its content. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest().toString('hex', 0, 8)
}

/** JSON with sorted keys: the same content gives the same text, whatever order a sender wrote it in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, node: unknown) => {
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return node
    return Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
