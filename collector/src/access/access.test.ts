import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { adminToken } from './admin-token.ts'
import { bearerOf, createKeys, hashOf } from './keys.ts'
import { createRateLimit } from './rate-limit.ts'

describe('keys', () => {
  const keys = createKeys({ write: ['w'], server: ['s'], admin: ['a'] }, false)

  it('give the access of their kind, and none to others', () => {
    expect([keys.check('w')?.kind, keys.check('s')?.kind, keys.check('a')?.kind]).toEqual(['write', 'server', 'admin'])
    for (const key of [undefined, '', 'W', 'ws', 'x'.repeat(10_000)]) expect(keys.check(key)).toBeUndefined()
  })

  it('leave ingest open without a key only where that is meant, and refuse wrong ones even there', () => {
    const open = createKeys({ write: [], server: [], admin: [] }, true)
    expect(open.check(undefined)).toEqual({ kind: 'open', keyId: 'open' })
    expect(open.check('wrong')).toBeUndefined()
  })

  it('can be added by their hash alone', () => {
    const later = createKeys({ write: [], server: [], admin: [] }, false)
    later.addHash('admin', hashOf('secret').toString('hex'))
    expect(later.check('secret')?.kind).toBe('admin')
  })

  it('are read from a Bearer header', () => {
    expect([bearerOf('Bearer abc'), bearerOf('bearer  abc'), bearerOf('Basic abc'), bearerOf(undefined)]).toEqual([
      'abc',
      'abc',
      undefined,
      undefined,
    ])
  })
})

it('the admin token is shown once and kept as a hash that only the owner may read', () => {
  const dir = mkdtempSync(join(tmpdir(), 'offertrail-token-'))
  try {
    const first = adminToken(dir)
    const second = adminToken(dir)
    expect(first.token).toMatch(/^ot_admin_/)
    expect(second).toEqual({ hash: first.hash })
    const file = join(dir, 'admin-token.sha256')
    expect(readFileSync(file, 'utf8')).not.toContain(first.token)
    expect(statSync(file).mode & 0o077).toBe(0)
  } finally {
    rmSync(dir, { recursive: true })
  }
})

it('an admin token whose file was cut off is made anew', () => {
  const dir = mkdtempSync(join(tmpdir(), 'offertrail-token-'))
  try {
    const file = join(dir, 'admin-token.sha256')
    writeFileSync(file, 'abc')
    const { hash, token } = adminToken(dir)
    expect(hashOf(token ?? '').toString('hex')).toBe(hash)
    expect(adminToken(dir)).toEqual({ hash })
  } finally {
    rmSync(dir, { recursive: true })
  }
})

describe('a rate limit', () => {
  it('lets five seconds’ worth through at once, then the rate, and says when to come back', () => {
    const limit = createRateLimit(10)
    expect(limit.take('a', 50, 0)).toBe(0)
    expect(limit.take('a', 1, 0)).toBe(1)
    expect(limit.take('a', 20, 1_000)).toBe(1)
    expect(limit.take('a', 10, 1_000)).toBe(0)
  })

  it('keeps subjects apart, and is none at 0', () => {
    const limit = createRateLimit(1)
    expect([limit.take('a', 5, 0), limit.take('b', 5, 0), limit.take('a', 5, 0)]).toEqual([0, 0, 5])
    expect(createRateLimit(0).take('a', 1e9, 0)).toBe(0)
  })

  it('does not let a clock that jumps back refill it', () => {
    const limit = createRateLimit(1)
    limit.take('a', 5, 10_000)
    expect(limit.take('a', 1, 0)).toBe(1)
  })

  it('lets a batch larger than the bucket through when the bucket is full', () => {
    expect(createRateLimit(1).take('a', 500, 0)).toBe(0)
  })
})
