import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashOf } from './keys.ts'

export interface AdminToken {
  /** SHA-256 in hex: all that is kept. */
  hash: string
  /** The token itself, at the first start only. */
  token?: string
}

/** The administrator's token of an installation without configured keys: made at the first start, shown once, kept as a hash. */
export function adminToken(dataDir: string): AdminToken {
  const file = join(dataDir, 'admin-token.sha256')
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  // A file that was cut off by a power cut opens nothing; another token is made.
  if (/^[0-9a-f]{64}$/.test(kept)) return { hash: kept }
  const token = `ot_admin_${randomBytes(24).toString('base64url')}`
  const hash = hashOf(token).toString('hex')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(file, `${hash}\n`, { mode: 0o600 })
  return { hash, token }
}
