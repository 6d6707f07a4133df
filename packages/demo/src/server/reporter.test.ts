import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { createReporter } from './reporter.ts'

/** As long as a busy machine may need; a test that passes does not wait for it. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000 })

type Body = { events: { event_id: string; type: string; timestamp: string }[] }

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A collector that answers what it is told to, and remembers what it was sent. */
async function listen(statuses: number[]) {
  const bodies: Body[] = []
  const keys: (string | undefined)[] = []
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    bodies.push(JSON.parse(Buffer.concat(chunks).toString()))
    keys.push(request.headers.authorization)
    response.writeHead(statuses.shift() ?? 202).end('{}')
  })
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const messages: string[] = []
  const reporter = createReporter({
    collectorUrl: () => url,
    serverKey: 'key',
    log: (message) => messages.push(message),
  })
  return { reporter, bodies, keys, messages }
}

test('sends what was reported together, with ids and times and the key', async () => {
  const { reporter, bodies, keys } = await listen([])
  reporter.report([{ type: 'api_call' }, { type: 'processing' }])
  await eventually(() => expect(reporter.stats.sent).toBe(2))
  expect(bodies).toHaveLength(1)
  expect(bodies[0]?.events.map(({ type }) => type)).toEqual(['api_call', 'processing'])
  for (const { event_id, timestamp } of bodies[0]?.events ?? []) {
    expect(event_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(Date.parse(timestamp)).not.toBeNaN()
  }
  expect(keys).toEqual(['Bearer key'])
})

test('sends the same events with the same ids again when the collector could not take them', async () => {
  const { reporter, bodies, messages } = await listen([503, 429])
  reporter.report([{ type: 'api_call' }])
  await eventually(() => expect(reporter.stats.sent).toBe(1))
  expect(bodies).toHaveLength(3)
  expect(new Set(bodies.map(({ events }) => events[0]?.event_id)).size).toBe(1)
  expect(messages).toHaveLength(2)
})

test('drops what the collector refuses for good, and goes on', async () => {
  const { reporter, bodies } = await listen([400])
  reporter.report([{ type: 'nonsense' }])
  await eventually(() => expect(reporter.stats.dropped).toBe(1))
  reporter.report([{ type: 'api_call' }])
  await eventually(() => expect(reporter.stats.sent).toBe(1))
  expect(bodies).toHaveLength(2)
})

test('keeps a bounded number while nobody answers, the newest, and tries once more on close', async () => {
  const { reporter, bodies } = await listen(Array.from({ length: 1 }, () => 503))
  for (let made = 0; made < 2_100; made += 1) reporter.report([{ type: `event_${made}` }])
  expect(reporter.stats.waiting).toBe(2_000)
  expect(reporter.stats.dropped).toBe(100)
  await eventually(() => expect(bodies).toHaveLength(1))
  await reporter.close()
  expect(reporter.stats).toMatchObject({ waiting: 0, sent: 2_000 })
  expect(bodies.at(-1)?.events.at(-1)?.type).toBe('event_2099')
})
