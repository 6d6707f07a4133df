import { events, eventTypes } from '@offertrail/contract'
import { describe, expect, it } from 'vitest'
import { accept } from './accept.ts'
import { stripUrl } from './steps/add-page.ts'
import { countingIds, fromPage, fromServer, NOON } from './testing.ts'
import type { Delivery } from './types.ts'

const run = (input: unknown[], delivery: Delivery = fromServer) => accept(input, delivery, countingIds())
const one = (input: Record<string, unknown>, delivery: Delivery = fromServer) => {
  const { accepted, rejected, warnings } = run([input], delivery)
  expect(rejected.map(({ errors }) => errors)).toEqual([])
  return { ...(accepted[0] as NonNullable<(typeof accepted)[0]>), warnings }
}
const view = { type: 'interaction', interaction_type: 'page_view' }

describe.each(eventTypes)('%s', (type) => {
  it('becomes a row of its table and a row of event_stream', () => {
    const { table, row, stream } = one(events[type].sample)
    expect(table).toBe(events[type].table)
    expect(row).toMatchObject({
      event_id: events[type].sample.event_id,
      type,
      timestamp: expect.stringMatching(/^2026-11-23 09:\d\d:00\.000$/),
    })
    expect(stream).toMatchObject({
      event_id: row.event_id,
      type,
      timestamp: row.timestamp,
      extends_session: events[type].session === 'extends',
    })
    expect(Object.values(row)).not.toContain(undefined)
    expect(Object.values(row)).not.toContain(null)
  })

  it('may come from a page only if the contract says so', () => {
    const { accepted, rejected } = run([events[type].sample], fromPage)
    expect(accepted.length).toBe(events[type].from.includes('write') ? 1 : 0)
    if (rejected[0]) expect(rejected[0]).toMatchObject({ reason: 'forbidden_type', errors: [{ path: '/type' }] })
  })
})

describe('a batch', () => {
  it('keeps the good events and names what is wrong with the others', () => {
    const { accepted, rejected } = run([
      view,
      { ...view, interaction_type: 'stare' },
      7,
      { type: 'constructor' },
      { ...view, page_url: 'javascript:alert(1)', seq: -1 },
      view,
    ])
    expect(accepted.map(({ index }) => index)).toEqual([0, 5])
    expect(rejected.map(({ index, reason, errors }) => [index, reason, errors.map(({ path }) => path)])).toEqual([
      [1, 'invalid', ['/interaction_type']],
      [2, 'not_an_object', ['']],
      [3, 'unknown_type', ['/type']],
      [4, 'invalid', ['/seq', '/page_url']],
    ])
  })

  it('keeps a refused event as it came, but not what names a person', () => {
    const [refusal] = run([
      { ...view, user_id: 'ann@example.org', interaction_type: 'stare', element_text: 'Ann Example' },
    ]).rejected
    expect(refusal?.row).toMatchObject({
      reason: 'invalid',
      path: '/interaction_type',
      type: 'interaction',
      stage: 'validate',
    })
    expect(JSON.parse(String(refusal?.row.payload))).toEqual({
      ...view,
      user_id: '[hidden]',
      interaction_type: 'stare',
      element_text: '[hidden]',
    })
  })

  it('hides what names a person in whatever shape it came, and the queries of URLs', () => {
    const [refusal] = run([
      {
        type: 'resume',
        event_type: 'parsing_completed',
        user_id: 4711,
        anonymous_id: { mail: 'ann@example.org' },
        session_id: 'session of Ann',
        extracted_fields: { name: 'Ann Example' },
        page_url: 'https://ann:secret@jobs.example/cv?mail=ann@example.org#ann',
        referrer: ['https://mail.example/?to=ann'],
      },
    ]).rejected
    expect(JSON.parse(String(refusal?.row.payload))).toEqual({
      type: 'resume',
      event_type: 'parsing_completed',
      user_id: '[hidden]',
      anonymous_id: '[hidden]',
      session_id: '[hidden]',
      extracted_fields: '[hidden]',
      page_url: 'https://jobs.example/cv',
      referrer: '[hidden]',
    })
  })

  it('names at most ten unknown fields of an event', () => {
    const context = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`key ${n}`, n]))
    expect(one({ ...view, context }).warnings.length).toBe(10)
  })

  it('cuts a long key where no character is split', () => {
    const [refusal] = run([{ ...view, [`${'k'.repeat(63)}😀`]: 1 }], { ...fromServer, strict: true }).rejected
    expect(refusal?.row.path).toBe(`/${'k'.repeat(63)}`)
  })

  it('leaves an unknown field out, says so, and rejects it in strict mode', () => {
    const input = { ...view, colour: 'red', context: { mood: 'good', language: 'en' }, page_title: null }
    const { row, warnings } = one(input)
    expect(warnings.map(({ path }) => path)).toEqual(['/colour', '/context/mood'])
    expect(row).not.toHaveProperty('colour')
    expect(row.language).toBe('en')
    expect(run([input], { ...fromServer, strict: true }).rejected[0]).toMatchObject({
      reason: 'unknown_field',
      errors: [{ path: '/colour' }, { path: '/context/mood' }],
    })
  })

  it('names at most ten faults of an event', () => {
    const bad = Object.fromEntries(
      Object.keys(events.recommendation.schema.shape).map((field) => [field, { wrong: true }]),
    )
    expect(run([{ ...bad, type: 'recommendation' }]).rejected[0]?.errors.length).toBe(10)
  })
})

describe('identity', () => {
  it('makes missing ids and says which', () => {
    const { made, eventId, row } = one({
      type: 'recommendation',
      job_id: 'j',
      tier: 'stretch',
      recommendation_score: 5,
    })
    expect(made).toEqual({ event_id: eventId, recommendation_id: row.recommendation_id })
    expect(one({ ...view, event_id: '0192F0C1-2B3C-7DEF-8A9B-0C1D2E3F4A5B' })).toMatchObject({
      made: {},
      eventId: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a5b',
    })
  })

  it('treats what templates print for nobody as nobody, with a warning', () => {
    for (const user_id of ['null', 'undefined', '0', 'anonymous', ' ']) {
      const { row, warnings } = one({ ...view, user_id })
      expect(row).not.toHaveProperty('user_id')
      expect(warnings).toEqual([{ index: 0, path: '/user_id', message: 'means nobody; kept as empty' }])
    }
  })

  it('tells another content under the same id by its hash, whatever the order of the fields', () => {
    const event_id = '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a5b'
    const a = one({ event_id, type: 'interaction', interaction_type: 'search', interaction_data: { q: 1, r: 2 } })
    const b = one({ interaction_data: { r: 2, q: 1 }, interaction_type: 'search', type: 'interaction', event_id })
    const c = one({ event_id, type: 'interaction', interaction_type: 'search', interaction_data: { q: 1, r: 3 } })
    expect(b.contentHash).toBe(a.contentHash)
    expect(c.contentHash).not.toBe(a.contentHash)
  })

  it('makes the same goal and the same fault one, without an id given', () => {
    const goal = { type: 'goal', goal_type: 'promotion', goal_value: 'lead', user_id: 'u' }
    expect(one(goal).row.goal_id).toBe(one({ ...goal, achievement_percentage: 50 }).row.goal_id)
    expect(one({ ...goal, user_id: 'v' }).row.goal_id).not.toBe(one(goal).row.goal_id)
    const fault = (error_message: string) => one({ type: 'error', error_type: 'TypeError', error_message }).row
    expect(fault('no job 17').fingerprint).toBe(fault('no job 18').fingerprint)
    expect(fault('no job').fingerprint).not.toBe(fault('no user').fingerprint)
    expect(fault('x').severity).toBe('medium')
  })
})

describe('time', () => {
  const at = (timestamp: string | undefined, delivery: Partial<Delivery>) =>
    one({ ...view, ...(timestamp === undefined ? {} : { timestamp }) }, { ...fromPage, ...delivery }).row

  it('is the receipt where none is given', () => {
    expect(at(undefined, {})).toMatchObject({
      timestamp: '2026-11-23 12:00:00.000',
      received_at: '2026-11-23 12:00:00.000',
    })
    expect(at(undefined, {})).not.toHaveProperty('client_timestamp')
  })

  it('is shifted by the skew of a browser whose clock is off by more than two minutes, both kept', () => {
    const sentAt = NOON - 3_600_000
    expect(at('2026-11-23T10:59:00Z', { sentAt })).toMatchObject({
      timestamp: '2026-11-23 11:59:00.000',
      client_timestamp: '2026-11-23 10:59:00.000',
      clock_shift_ms: 3_600_000,
    })
    expect(at('2026-11-23T11:58:30Z', { sentAt: NOON - 120_000 })).not.toHaveProperty('clock_shift_ms')
    expect(at('2026-11-23T10:59:00Z', { sentAt, fromBrowser: false })).toMatchObject({
      timestamp: '2026-11-23 10:59:00.000',
    })
  })

  it.each([
    ['five minutes and a bit ahead', '2026-11-23T12:05:00.001Z', true],
    ['five minutes ahead', '2026-11-23T12:05:00.000Z', false],
    ['35 days and a bit old', '2026-10-19T11:59:59.999Z', true],
    ['35 days old', '2026-10-19T12:00:00.000Z', false],
    ['in the year 9999', '9999-12-31T23:59:59.999Z', true],
    ['in the year 1', '0001-01-01T00:00:00Z', true],
  ])('becomes the time of receipt and suspect when a page says %s: %s -> %s', (_case, timestamp, isSuspect) => {
    const row = at(timestamp, {})
    expect(row.clock_suspect ?? false).toBe(isSuspect)
    if (isSuspect) expect(row.timestamp).toBe('2026-11-23 12:00:00.000')
  })

  it('of a run is refused where no column holds it', () => {
    const { rejected } = run([
      { ...events.processing.sample, start_time: '9999-12-31T23:59:59-23:00', end_time: '0001-01-01T00:00:00Z' },
    ])
    expect(rejected[0]?.errors.map(({ path }) => path)).toEqual(['/start_time', '/end_time'])
  })

  it('goes back to 2000 for servers, and no further', () => {
    expect(at('2000-01-01T00:00:00Z', { fromBrowser: false })).toMatchObject({ timestamp: '2000-01-01 00:00:00.000' })
    expect(at('1999-12-31T23:59:59Z', { fromBrowser: false })).toMatchObject({
      timestamp: '2026-11-23 12:00:00.000',
      clock_suspect: true,
    })
  })
})

describe('what must not be kept', () => {
  it('strips URLs of everything but utm_*: tokens, searches, credentials, fragments', () => {
    const { row } = one({
      ...view,
      page_url: 'https://ann:secret@jobs.example/jobs/7?token=abc&utm_source=mail&email=a%40b.c#cv',
      referrer: 'https://search.example/?q=nurse+jobs',
    })
    expect(row).toMatchObject({
      page_url: 'https://jobs.example/jobs/7?utm_source=mail',
      page_path: '/jobs/7',
      referrer: 'https://search.example/',
    })
    expect(one({ ...view, page_url: '/jobs?id=3' }).row).toMatchObject({ page_url: '/jobs', page_path: '/jobs' })
  })

  it('keeps a path that reads like a host as a path', () => {
    for (const page_url of ['/.//', '/..//', '/.//evil.example', '/\\evil.example/x'])
      expect(String(one({ ...view, page_url }).row.page_path), page_url).toMatch(/^\/[^/]*$/)
  })

  it('knows hosts with letters beyond ASCII, however many URLs came before', () => {
    const strip = () => stripUrl('https://käse.example/ä')
    for (let n = 0; n < 20_000; n += 1) stripUrl('https://jobs.example/')
    expect([strip(), strip()]).toEqual(Array(2).fill('https://xn--kse-qla.example/%C3%A4'))
  })

  it('cuts addresses to the network, and keeps none of servers', () => {
    const ip = (address: string) => one(view, { ...fromPage, address }).row.ip_address
    expect(ip('203.0.113.77')).toBe('203.0.113.0')
    expect(ip('::ffff:203.0.113.77')).toBe('203.0.113.0')
    expect(ip('2001:db8:1:2::3')).toBe('2001:db8:1::')
    expect(ip('unknown')).toBeUndefined()
    expect(one(view).row).not.toHaveProperty('ip_address')
  })

  it('keeps a hash and the extension of a file name', () => {
    const { row } = one({ type: 'resume', event_type: 'upload_started', file_name: 'Ann Example CV.PDF' })
    expect(row).toMatchObject({ file_name: expect.stringMatching(/^[0-9a-f]{16}\.pdf$/), file_type: 'pdf' })
    expect(JSON.stringify(row)).not.toContain('Ann')
  })

  it('keeps no identifiers of who refused, whether by consent, Global Privacy Control or Do Not Track', () => {
    const person = {
      ...view,
      user_id: 'u',
      anonymous_id: '0192f0c1-0000-7000-8000-00000000a001',
      session_id: 's',
      seq: 3,
    }
    const refusals: [Record<string, unknown>, Delivery][] = [
      [{ ...person, context: { consent: { analytics: false } } }, fromPage],
      [{ ...person, context: { consent: { analytics: false } } }, fromServer],
      [person, { ...fromPage, privacySignal: true }],
    ]
    for (const [input, delivery] of refusals) {
      const { row, stream, warnings } = one(input, delivery)
      for (const column of ['user_id', 'anonymous_id', 'session_id', 'seq', 'ip_address']) {
        expect(row).not.toHaveProperty(column)
        expect(stream).not.toHaveProperty(column)
      }
      expect(warnings).toEqual([])
    }
    expect(one(person, { ...fromServer, privacySignal: true }).row).toMatchObject({ user_id: 'u' })
  })

  it('makes no id out of who refused', () => {
    const goal = {
      type: 'goal',
      goal_type: 'promotion',
      goal_value: 'lead',
      context: { consent: { analytics: false } },
    }
    const ids = ['ann', 'ann'].map((user_id) => run([{ ...goal, user_id }]).accepted[0]?.row.goal_id)
    expect(ids).toEqual(['0192f0c1-0000-7000-8000-000000000002', '0192f0c1-0000-7000-8000-000000000002'])
  })

  it('keeps the ids of a consent decision: it is the proof', () => {
    const { row } = one({
      type: 'consent',
      user_id: 'u',
      purposes: { analytics: false },
      context: { consent: { analytics: false } },
    })
    expect(row).toMatchObject({ user_id: 'u', purposes: { analytics: false }, consent_analytics: false })
  })

  it('makes text well-formed and drops NUL', () => {
    const { row } = one({ ...view, page_title: 'a\ud800b\u0000c', interaction_data: { 'k\u0000': '\udfff' } })
    expect(row.page_title).toBe('a\ufffdbc')
    expect(row.interaction_data).toBe('{"k":"\ufffd"}')
  })
})

describe('device', () => {
  it('is judged by the browser’s User-Agent, and what the event says stands', () => {
    expect(one(view, fromPage).row).toMatchObject({
      device_type: 'desktop',
      browser: 'Chrome',
      os: 'Linux',
      is_bot: false,
    })
    expect(one({ type: 'session_start', device_type: 'tablet' }, fromPage).row).toMatchObject({
      device_type: 'tablet',
      browser: 'Chrome',
    })
  })

  it('is never judged by the library a server calls with', () => {
    const { row } = one(view, { ...fromServer, userAgent: 'python-requests/2.32' })
    expect(row).toMatchObject({ is_bot: false })
    expect(row).not.toHaveProperty('browser')
    expect(one({ ...view, context: { user_agent: 'Mozilla/5.0 (compatible; Googlebot/2.1)' } }).row).toMatchObject({
      is_bot: true,
    })
  })

  it('is named in well-formed text, whatever the User-Agent', () => {
    const { browser } = one({ ...view, context: { user_agent: `${'x'.repeat(63)}😀/1 ` } }).row
    expect(browser).toBe('x'.repeat(63))
  })

  it('marks robots', () => {
    expect(
      one(view, {
        ...fromPage,
        userAgent: 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)',
      }).row.is_bot,
    ).toBe(true)
    expect(one(view, { ...fromPage, userAgent: '' }).row.is_bot).toBe(false)
    expect(one(view, { ...fromPage, userAgent: `${fromPage.userAgent} ${'x'.repeat(10_240)}` }).row.is_bot).toBe(false)
  })
})

it('rates a web vital whose sender did not', () => {
  const rating = (metric: string, value: number) => one({ type: 'web_vital', metric, value }, fromPage).row.rating
  expect([rating('LCP', 2_500), rating('LCP', 2_501), rating('LCP', 4_001)]).toEqual([
    'good',
    'needs-improvement',
    'poor',
  ])
  expect([rating('CLS', 0.1), rating('CLS', 0.2), rating('CLS', 0.3)]).toEqual(['good', 'needs-improvement', 'poor'])
})

describe('hostile input', () => {
  const deep = (levels: number): unknown => (levels === 0 ? {} : { a: deep(levels - 1) })

  it.each([
    ['nesting', { ...view, interaction_data: deep(9) }, 'too_deep'],
    [
      'too many fields',
      { ...view, ...Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`f${i}`, i])) },
      'too_many_fields',
    ],
    ['Infinity', { type: 'web_vital', metric: 'LCP', value: Number.POSITIVE_INFINITY }, 'invalid'],
    [
      'a number beyond its column',
      { type: 'recommendation_engagement', recommendation_id: 'r', engagement_type: 'viewed', position: 70_000 },
      'invalid',
    ],
    ['a long user', { ...view, user_id: 'u'.repeat(129) }, 'invalid'],
    [
      'resume content',
      { type: 'resume', event_type: 'parsing_completed', extracted_fields: { name: 'Ann' } },
      'invalid',
    ],
  ])('refuses %s and keeps the rest', (_case, input, reason) => {
    const { accepted, rejected } = run([input, view])
    expect(rejected.map((refusal) => refusal.reason)).toEqual([reason])
    expect(accepted.map(({ index }) => index)).toEqual([1])
  })

  it('stores names of object methods as data', () => {
    const data = JSON.parse('{"toString": 1, "hasOwnProperty": 2, "then": 3}') as unknown
    const { row } = one({ ...view, interaction_data: data })
    expect(row.interaction_data).toBe('{"toString":1,"hasOwnProperty":2,"then":3}')
  })

  it('lets no key reach a prototype', () => {
    const data = JSON.parse('{"__proto__": {"admin": true}, "a": {"__proto__": {"admin": true}}}') as unknown
    one({ ...view, interaction_data: data, context: data })
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})
