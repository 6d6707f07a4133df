import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { named } from './capture/element.ts'
import { hash, scrub } from './capture/errors.ts'
import { createRate } from './rate.ts'
import { stripUrl } from './strip-url.ts'
import { uuidv7 } from './uuid.ts'
import { VERSION } from './version.ts'

describe('URLs', () => {
  test('keep origin, path and campaign parameters', () => {
    expect(stripUrl('https://user:pass@jobs.example:8443/a/b?q=1&utm_source=x&token=y&utm_id=7#top')).toBe(
      'https://jobs.example:8443/a/b?utm_source=x&utm_id=7',
    )
    expect(stripUrl('http://jobs.example')).toBe('http://jobs.example/')
  })

  test('keep the route in the fragment where asked, without its query', () => {
    expect(stripUrl('https://jobs.example/#/job/7?secret=1', true)).toBe('https://jobs.example/#/job/7')
  })

  test('of anything else are empty', () => {
    for (const raw of [
      '',
      'about:srcdoc',
      'file:///etc/passwd',
      'data:text/html,x',
      'javascript:alert(1)',
      'mailto:a@b.c',
      'nonsense',
    ])
      expect(stripUrl(raw)).toBe('')
  })

  test('are cut at the limit of the contract', () => {
    expect(stripUrl(`https://jobs.example/${'x'.repeat(5_000)}`)).toHaveLength(2_048)
  })
})

test("ids are UUIDs of version 7 that sort by time and don't repeat", () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => uuidv7(1_700_000_000_000 + index))
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(ids.toSorted()).toEqual(ids)
  expect(Number.parseInt((ids[5] as string).replace('-', '').slice(0, 12), 16)).toBe(1_700_000_000_005)
  expect(new Set(Array.from({ length: 10_000 }, () => uuidv7(0))).size).toBe(10_000)
})

test('a burst is allowed, a flood is held to the rate, and a clock set back takes nothing away', () => {
  const allow = createRate(3, 10)
  const at = (nowMs: number, tries: number) => Array.from({ length: tries }, () => allow(nowMs)).filter(Boolean).length
  expect(at(1_000, 10)).toBe(3)
  expect(at(1_100, 10)).toBe(1)
  expect(at(2_100, 100)).toBe(3)
  expect(at(500, 1)).toBe(0)
  expect(at(600, 10)).toBe(1)
})

test('a name that is none of the contract’s interactions becomes custom, with the name among its data', () => {
  expect(named('share', { k: 1 })).toEqual({ interaction_type: 'share', interaction_data: { k: 1 } })
  expect(named('other', { k: 1 })).toEqual({ interaction_type: 'custom', interaction_data: { k: 1, name: 'other' } })
})

test('errors lose queries, fragments and addresses, and keep where in the code they happened', () => {
  expect(scrub('at f (https://a.example/app.js?v=secret:10:5)')).toBe('at f (https://a.example/app.js:10:5)')
  expect(scrub('f@https://a.example/app.js#secret:10:5')).toBe('f@https://a.example/app.js:10:5')
  expect(scrub('no user jane.doe+x@mail.example.com? really')).toBe('no user [email]? really')
  expect(hash('a')).toMatch(/^[0-9a-f]{8}$/)
  expect(hash('a')).not.toBe(hash('b'))
})

test("the version sent is the package's", async () => {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  expect(VERSION).toBe(version)
})
