import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Collector, readConfig, startCollector } from './collector.ts'

// What the collector answers while ClickHouse is away: it needs none to take events.

let dataDir: string
let collector: Collector
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'offertrail-http-'))
  const config = readConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    LOG_LEVEL: 'silent',
    // Nobody listens there.
    CLICKHOUSE_URL: 'http://127.0.0.1:9',
    SERVER_KEYS: 'sk',
    ADMIN_KEYS: 'ak',
  })
  collector = await startCollector(config, (error) => {
    throw error
  })
})
afterEach(async () => {
  await collector.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const batch = JSON.stringify({ events: [{ type: 'interaction', interaction_type: 'page_view' }] })
const request = (body: string) =>
  `POST /api/analytics/events HTTP/1.1\r\nhost: x\r\norigin: https://jobs.example\r\nauthorization: Bearer sk\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  fetch(`${collector.url}${path}`, { method, headers })
/** A bare connection, and all that comes back on it. */
async function openSocket() {
  const socket = connect(Number(new URL(collector.url).port), '127.0.0.1')
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk.toString()
  })
  socket.on('error', () => {
    // Cut off by the other side, which is what is looked for.
  })
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)))
  await new Promise((resolve) => socket.once('connect', resolve))
  return { socket, closed }
}

it('names the methods of an address that is asked in another way', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await ask(method, '/api/analytics/events?strict=1')
    expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'POST, OPTIONS'])
  }
  expect((await ask('POST', '/health/live')).status).toBe(405)
  expect((await ask('DELETE', '/nothing')).status).toBe(404)
})

it('keeps HEAD of an administrator’s address to administrators', async () => {
  expect((await ask('HEAD', '/metrics')).status).toBe(401)
  expect((await ask('HEAD', '/metrics', { authorization: 'Bearer sk' })).status).toBe(403)
})

it('answers a request without any body like one with an empty one', async () => {
  const answer = await ask('POST', '/api/analytics/events', { authorization: 'Bearer sk' })
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'bad_json'])
})

it('takes a page at an address that reads like a host', async () => {
  const answer = await fetch(`${collector.url}/api/analytics/events`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk', 'content-type': 'application/json' },
    body: JSON.stringify({ events: [{ type: 'interaction', interaction_type: 'page_view', page_url: '/.//' }] }),
  })
  expect(answer.status).toBe(202)
})

it('finishes what is under way when it stops, and tells the others when to come back', async () => {
  const { socket, closed } = await openSocket()
  const first = request(batch)
  socket.write(first.slice(0, -10))
  await sleep(100)
  const stopped = collector.close()
  await sleep(100)
  socket.write(first.slice(-10) + request(batch))
  const received = await closed
  await stopped
  const [, accepted = '', refused = ''] = received.split('HTTP/1.1 ')
  expect(accepted).toMatch(/^202 /)
  expect(refused).toMatch(/^503 /)
  expect(refused).toMatch(/retry-after: \d/i)
  expect(refused).toMatch(/access-control-allow-origin: https:\/\/jobs\.example/i)
  expect(refused).toContain('"code":"stopping"')
})

it('cuts a request that trickles in, and goes on', async () => {
  const { socket, closed } = await openSocket()
  socket.write(request(batch).slice(0, -40))
  const trickle = setInterval(() => socket.write(' '), 1_000)
  const received = await closed
  clearInterval(trickle)
  expect(received).toMatch(/^HTTP\/1\.1 408 /)
  expect((await ask('GET', '/health/live')).status).toBe(200)
}, 25_000)
