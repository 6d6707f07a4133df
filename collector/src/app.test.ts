import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Collector, readConfig, startCollector } from './collector.ts'

// The collector as a whole, on its real port: what a client may send it, and what it answers.

const ORIGIN = 'https://jobs.example'
let dataDir: string
let collector: Collector

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'offertrail-app-'))
  const config = readConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    CLICKHOUSE_HTTP_PORT: '0',
    LOG_LEVEL: 'fatal',
    FLUSH_INTERVAL_MS: '20',
    WRITE_KEYS: 'wk',
    SERVER_KEYS: 'sk',
    ADMIN_KEYS: 'ak',
    ALLOWED_ORIGINS: ORIGIN,
    TRUSTED_PROXIES: '127.0.0.1',
  })
  collector = await startCollector(config, (error) => {
    throw error
  })
  await collector.ready
})
afterAll(async () => {
  await collector.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const view = (more = {}) => ({ type: 'interaction', interaction_type: 'page_view', page_url: '/', ...more })
const post = async (body: string | Buffer, headers: Record<string, string> = {}, query = '') => {
  const answer = await fetch(`${collector.url}/api/analytics/events${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk', ...headers },
    body: body as unknown as BodyInit,
  })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
  }
}
const send = (events: unknown[], headers: Record<string, string> = {}, more = {}, query = '') =>
  post(JSON.stringify({ events, ...more }), headers, query)
const ask = async (sql: string) => {
  expect(await collector.drain(10_000)).toBe(true)
  const answer = await fetch(
    `${collector.sqlUrl()}/?database=offertrail&default_format=JSONCompactEachRow&output_format_json_quote_64bit_integers=0`,
    { method: 'POST', body: sql },
  )
  const text = await answer.text()
  expect(answer.status, text).toBe(200)
  return text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown)
}
/** Bytes on a bare socket; resolves with everything that came back when the other side closes, or after `waitMs`. */
const raw = (bytes: string | Buffer, waitMs = 2_000) =>
  new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(collector.url).port), '127.0.0.1', () => socket.write(bytes))
    let received = ''
    const done = () => {
      socket.destroy()
      resolve(received)
    }
    socket.on('data', (chunk) => {
      received += chunk.toString()
    })
    socket.on('close', done)
    socket.on('error', done)
    setTimeout(done, waitMs).unref()
  })

describe('a batch', () => {
  it('is answered with what became of each event, and every accepted one can be asked for', async () => {
    const events = [
      view({ user_id: 'matrix-1' }),
      view({ user_id: 'matrix-1', interaction_type: 'stare' }),
      view({ user_id: 'matrix-1', colour: 'red' }),
    ]
    const { status, json } = await send(events)
    expect(status).toBe(202)
    expect(json).toMatchObject({
      accepted: 2,
      duplicates: 0,
      rejected: [{ index: 1, errors: [{ path: '/interaction_type' }] }],
      warnings: [{ index: 2, path: '/colour' }],
    })
    expect(await ask("SELECT count() FROM user_interactions WHERE user_id = 'matrix-1'")).toEqual([[2]])
    expect(await ask("SELECT path FROM rejected_events WHERE payload LIKE '%stare%'")).toEqual([['/interaction_type']])
  })

  it('with no valid event is a 400 that still says everything', async () => {
    const { status, json, headers } = await send([{ type: 'nope' }])
    expect(status).toBe(400)
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(json).toMatchObject({
      code: 'no_valid_event',
      status: 400,
      accepted: 0,
      duplicates: 0,
      rejected: [{ index: 0, errors: [{ path: '/type' }] }],
    })
  })

  it('is taken as text/plain, gzip, with a byte order mark, with any spelling of the content type', async () => {
    const body = JSON.stringify({ events: [view()], key: 'sk' })
    for (const type of [
      'text/plain',
      'text/plain;charset=UTF-8',
      'APPLICATION/JSON',
      'application/json ; charset=utf-8',
      'application/json;x=y',
    ]) {
      expect((await post(body, { 'content-type': type })).status, type).toBe(202)
    }
    expect((await post(gzipSync(body), { 'content-encoding': 'gzip' })).status).toBe(202)
    expect((await post(`\uFEFF${body}`)).status).toBe(202)
  })

  it('keeps duplicate keys’ last value, and what comes from a page apart from what comes from a server', async () => {
    expect(
      (await post('{"events":[{"type":"nope","type":"interaction","interaction_type":"page_view"}]}')).status,
    ).toBe(202)
    await send([view({ user_id: 'matrix-browser' })], {
      authorization: 'Bearer wk',
      origin: ORIGIN,
      'user-agent':
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
      'x-forwarded-for': '203.0.113.77',
    })
    await send([view({ user_id: 'matrix-server' })], { 'x-forwarded-for': '203.0.113.77' })
    expect(
      await ask(
        "SELECT user_id, browser, ip_address, key_kind FROM user_interactions WHERE user_id IN ('matrix-browser', 'matrix-server') ORDER BY user_id",
      ),
    ).toEqual([
      ['matrix-browser', 'Chrome', '203.0.113.0', 'write'],
      ['matrix-server', '', '', 'server'],
    ])
  })
})

describe('mistakes in the envelope', () => {
  const many = Array.from({ length: 501 }, () => view())

  it.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['an empty body', '', {}, 400, 'bad_json'],
    ['truncated JSON', '{"events":[{', {}, 400, 'bad_json'],
    ['null', 'null', {}, 400, 'bad_envelope'],
    ['a number', '5', {}, 400, 'bad_envelope'],
    ['a string', '"x"', {}, 400, 'bad_envelope'],
    ['a list', '[]', {}, 400, 'bad_envelope'],
    ['an object without events', '{}', {}, 400, 'bad_envelope'],
    ['no events', '{"events":[]}', {}, 400, 'bad_envelope'],
    ['a sent_at that is no time', '{"events":[1],"sent_at":"now"}', {}, 400, 'bad_envelope'],
    ['501 events', JSON.stringify({ events: many }), {}, 413, 'too_many_events'],
    ['more than a MiB', JSON.stringify({ events: ['x'.repeat(1_048_576)] }), {}, 413, 'too_large'],
    ['__proto__', '{"__proto__":{},"events":[]}', {}, 400, 'bad_json'],
    ['a very deep body', `{"events":[${'['.repeat(100_000)}${']'.repeat(100_000)}]}`, {}, 400, 'too_deep'],
    ['NaN', '{"events":[{"type":NaN}]}', {}, 400, 'bad_json'],
    ['XML', '<a/>', { 'content-type': 'application/xml' }, 415, 'unsupported_type'],
    ['bytes', 'x', { 'content-type': 'application/octet-stream' }, 415, 'unsupported_type'],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_type'],
    ['multipart', 'x', { 'content-type': 'multipart/form-data; boundary=x' }, 415, 'unsupported_type'],
    ['UTF-16', '{}', { 'content-type': 'application/json; charset=utf-16' }, 415, 'unsupported_type'],
    ['brotli', '{}', { 'content-encoding': 'br' }, 415, 'unsupported_type'],
    ['gzip that is none', '{}', { 'content-encoding': 'gzip' }, 400, 'bad_encoding'],
    ['a gzip bomb', gzipSync(Buffer.alloc(32 * 1_048_576)), { 'content-encoding': 'gzip' }, 413, 'too_large'],
  ])('%s is refused', async (_case, body, headers, status, code) => {
    const answer = await post(body, headers)
    expect([answer.status, answer.json?.code]).toEqual([status, code])
    expect(answer.text.length).toBeLessThan(1_024)
  })

  it('answers 50,000 bad items briefly', async () => {
    const answer = await post(JSON.stringify({ events: Array.from({ length: 50_000 }, () => 0) }))
    expect([answer.status, answer.text.length < 1_024]).toEqual([413, true])
  })
})

describe('keys and origins', () => {
  it.each([
    ['no key', { authorization: '' }, {}, 401],
    ['an unknown key', { authorization: 'Bearer nope' }, {}, 401],
    ['another scheme', { authorization: 'Basic c2s6' }, {}, 401],
    ['two different keys', { authorization: 'Bearer sk' }, { key: 'wk' }, 401],
    ['a page’s key from a page elsewhere', { authorization: 'Bearer wk', origin: 'https://evil.example' }, {}, 403],
    ['a page’s key from nowhere', { authorization: 'Bearer wk' }, {}, 403],
    ['a page’s key from an opaque origin', { authorization: 'Bearer wk', origin: 'null' }, {}, 403],
    ['a page’s key from its page', { authorization: 'Bearer wk', origin: ORIGIN }, {}, 202],
    ['a key in the body', { authorization: '' }, { key: 'sk' }, 202],
    ['an admin’s key', { authorization: 'Bearer ak' }, {}, 202],
  ])('%s: %o', async (_case, headers, more, status) => {
    expect((await send([view()], headers, more)).status).toBe(status)
  })

  it('lets listed origins read answers, errors included, and others not', async () => {
    const allowed = await send([view()], { authorization: 'Bearer wrong', origin: ORIGIN })
    expect(allowed.status).toBe(401)
    expect([allowed.headers.get('access-control-allow-origin'), allowed.headers.get('vary')]).toEqual([
      ORIGIN,
      'Origin',
    ])
    const other = await send([view()], { authorization: 'Bearer wk', origin: 'https://evil.example' })
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
    const preflight = await fetch(`${collector.url}/api/analytics/events`, {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
    })
    expect([
      preflight.status,
      preflight.headers.get('access-control-allow-origin'),
      preflight.headers.get('access-control-allow-credentials'),
    ]).toEqual([204, ORIGIN, null])
  })

  it('shows metrics to administrators only', async () => {
    const status = async (key?: string) =>
      (
        await fetch(
          `${collector.url}/metrics`,
          key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
        )
      ).status
    expect([await status(), await status('nope'), await status('wk'), await status('sk'), await status('ak')]).toEqual([
      401, 401, 403, 403, 200,
    ])
    const text = await (await fetch(`${collector.url}/metrics`, { headers: { authorization: 'Bearer ak' } })).text()
    expect(text).toMatch(/^offertrail_events_accepted_total [1-9]/m)
    expect(text).toMatch(/^offertrail_clickhouse_up 1$/m)
  })

  it('leaves the way in for commands to who may read the data folder only', async () => {
    const control = JSON.parse(readFileSync(join(dataDir, 'control.json'), 'utf8')) as {
      url: string
      token: string
      sql_url: string
    }
    const answer = await fetch(`${control.url}/api/analytics/schema/differences`, {
      headers: { authorization: `Bearer ${control.token}` },
    })
    expect(await answer.json()).toEqual({ differences: [] })
    expect(control.sql_url).toBe(collector.sqlUrl())
  })
})

describe('addresses', () => {
  it('that do not exist are not repeated in the answer', async () => {
    for (const path of ['/nothing-here-7', '/../../etc/passwd', '/api/analytics/events/7']) {
      const answer = await fetch(`${collector.url}${path}`)
      const text = await answer.text()
      expect(answer.status).toBe(404)
      expect(text).not.toContain(path.slice(-8))
    }
    expect(await raw('GET /%E0%A4%A HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).not.toContain('%E0')
  })

  it('say how the collector is', async () => {
    for (const path of ['/health/live', '/health/ready', '/api/analytics/health']) {
      const answer = await fetch(`${collector.url}${path}`)
      expect([path, answer.status, ((await answer.json()) as { status: string }).status]).toEqual([path, 200, 'ok'])
    }
  })

  it('carry no header that helps an attacker, and those that help a browser', async () => {
    const { headers } = await send([view()])
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('bytes that are no request', () => {
  const head =
    'POST /api/analytics/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk\r\ncontent-type: application/json\r\n'

  it.each([
    ['two lengths', `${head}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`, 400],
    ['a length and chunks', `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\nhello`, 400],
    ['a header without a host', 'GET /health/live HTTP/1.1\r\n\r\n', 400],
    ['a very long header', `GET /health/live HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['NUL in a header', 'GET /health/live HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n', 400],
    ['an unknown method', 'FOO / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc', 400],
  ])('%s', async (_case, bytes, status) => {
    expect(await raw(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  })

  it('serves a thousand requests on one connection in order', async () => {
    const request = 'GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n'
    const answer = await raw(request.repeat(999) + request.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'), 20_000)
    expect(answer.match(/HTTP\/1\.1 200 OK/g)?.length).toBe(1_000)
  })
})

it('stops on request, keeps what it promised, and goes on where it was', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'offertrail-stop-'))
  const settings = readConfig({
    DATA_DIR: dir,
    PORT: '0',
    CLICKHOUSE_HTTP_PORT: '0',
    LOG_LEVEL: 'fatal',
    FLUSH_INTERVAL_MS: '20',
  })
  const begin = () =>
    startCollector(settings, (error) => {
      throw error
    })
  try {
    const first = await begin()
    expect(first.newAdminToken).toMatch(/^ot_admin_/)
    // Before ClickHouse is there: accepted all the same.
    const event = view({ event_id: '0192f0c1-cccc-7000-8000-000000000001' })
    const answer = await fetch(`${first.url}/api/analytics/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events: [event] }),
    })
    expect(answer.status).toBe(202)
    await first.ready
    await first.close()

    const second = await begin()
    expect(second.newAdminToken).toBeUndefined()
    const repeated = await fetch(`${second.url}/api/analytics/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events: [event] }),
    })
    expect(await repeated.json()).toMatchObject({ accepted: 0, duplicates: 1 })
    await second.ready
    await second.drain(10_000)
    const rows = await fetch(`${second.sqlUrl()}/?database=offertrail`, {
      method: 'POST',
      body: 'SELECT count() FROM user_interactions',
    })
    expect((await rows.text()).trim()).toBe('1')
    await second.close()
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
