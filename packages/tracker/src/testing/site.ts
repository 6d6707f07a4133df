import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventDefinition } from '@offertrail/contract'
import { type Browser, type BrowserContext, chromium, type LaunchOptions } from 'playwright'
import { afterAll, test as base, beforeAll, expect, vi } from 'vitest'

/** An event as it came over the wire. */
export type Received = Record<string, unknown> & {
  event_id: string
  type: string
  timestamp: string
  session_id?: string
  anonymous_id?: string
  user_id?: string
  seq?: number
  page_url?: string
  interaction_type?: string
  engagement_type?: string
  interaction_data?: Record<string, unknown>
  context: Record<string, unknown>
}

export interface Batch {
  sent_at: string
  key: string
  client?: { dropped: number; rejected: number }
  events: Received[]
  bytes: number
  at: number
}

/** What the collector's stand-in does with a batch: a status with headers and body, or a connection cut before or after it counted. */
export type Answer =
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | 'cut'
  | 'count-and-cut'
  | 'hang'

/** A web site that carries the tag, and a collector that records. */
export interface Site {
  url: string
  /** The tag's address, for pages on other origins. */
  tagUrl: string
  facts: { integrity: string; stub: string; stub_csp: string }
  batches: Batch[]
  /** Requests to the collector, answered or not. */
  requests: () => number
  /** Distinct events that the collector counted, in the order of their arrival. */
  events: () => Received[]
  page: (
    path: string,
    body: string,
    options?: { head?: string; headers?: Record<string, string>; tag?: string | false },
  ) => void
  answer: (decide: (batch: Batch) => Answer | undefined) => void
  close: () => Promise<void>
}

interface Tag {
  facts: Site['facts']
  files: Map<string, Buffer>
}

/** The tag as it is built for people. */
async function createTag(): Promise<Tag> {
  const folder = await mkdtemp(join(tmpdir(), 'offertrail-tag-'))
  const { build } = await import('../../build.mjs')
  const facts = await build(`${folder}/`, ['tag', 'stub'])
  const files = new Map<string, Buffer>()
  for (const name of ['offertrail.js', 'stub.js']) files.set(`/${name}`, await readFile(join(folder, name)))
  await rm(folder, { recursive: true })
  return { facts, files }
}

async function createSite({ facts, files }: Tag): Promise<Site> {
  const pages = new Map<string, { html: string; headers: Record<string, string> }>()
  const counted = new Map<string, Received>()
  const batches: Batch[] = []
  let requests = 0
  let decide: (batch: Batch) => Answer | undefined = () => undefined
  const cors = {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'retry-after',
    'cross-origin-resource-policy': 'cross-origin',
  }

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname
    const file = files.get(path)
    const page = pages.get(path)
    if (path === '/api/analytics/events') collect(request, response)
    else if (file) response.writeHead(200, { ...cors, 'content-type': 'text/javascript' }).end(file)
    else if (page) response.writeHead(200, { 'content-type': 'text/html', ...page.headers }).end(page.html)
    else response.writeHead(404).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const url = `http://localhost:${port}`

  async function collect(request: IncomingMessage, response: ServerResponse) {
    requests += 1
    expect(request.method, 'no preflight').toBe('POST')
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // The page went away in the middle of it.
    }
    const body = Buffer.concat(chunks)
    const batch = { ...JSON.parse(body.toString()), bytes: body.length, at: Date.now() } as Batch
    batches.push(batch)
    const answer = decide(batch) ?? count(batch)
    if (answer === 'count-and-cut') count(batch)
    if (answer === 'hang') return
    if (answer === 'cut' || answer === 'count-and-cut') request.socket.destroy()
    else {
      const text =
        answer.body === undefined ? '' : typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
      response.writeHead(answer.status, { ...cors, 'content-type': 'application/json', ...answer.headers }).end(text)
    }
  }

  function count(batch: Batch): Answer {
    let duplicates = 0
    for (const event of batch.events) {
      if (counted.has(event.event_id)) {
        // A repeat is the same to the last byte, or the collector would record a conflict.
        expect(event).toEqual(counted.get(event.event_id))
        duplicates += 1
      } else counted.set(event.event_id, event)
    }
    const accepted = batch.events.length - duplicates
    return { status: 202, body: { accepted, duplicates, rejected: [], warnings: [] } }
  }

  return {
    url,
    tagUrl: `${url}/offertrail.js`,
    facts,
    batches,
    requests: () => requests,
    events: () => [...counted.values()],
    page(path, body, { head = '', headers = {}, tag = '' } = {}) {
      const script = tag === false ? '' : `<script async src="/offertrail.js" data-key="wk_test" ${tag}></script>`
      pages.set(path, { html: `<!doctype html><title>Page ${path}</title>${head}${script}<body>${body}`, headers })
    },
    answer(next) {
      decide = next
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

export const launchOptions: LaunchOptions = { executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium' }

// One browser a test file, and one build. Not part of any test's time.
let tag: Tag
let browser: Browser
beforeAll(async () => {
  tag = await createTag()
  browser = await chromium.launch(launchOptions)
}, 120_000)
afterAll(() => browser?.close())
vi.setConfig({ testTimeout: 60_000 })

/** A test with a site and a browser profile of its own. What the site received must keep the contract. */
export const test = base.extend<{ site: Site; context: BrowserContext }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a function wants from its parameter.
  site: async ({}, use) => {
    const site = await createSite(tag)
    await use(site)
    await site.close()
    expectContract(site.events())
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  context: async ({}, use) => {
    const context = await browser.newContext({ viewport: { width: 1000, height: 600 } })
    await use(context)
    await context.close()
  },
})

/** Lets a browser that nobody drives look at a page: drivers keep pages out of the back/forward cache and of prerendering. */
export async function browse(url: string): Promise<{ close: () => Promise<void> }> {
  const profile = await mkdtemp(join(tmpdir(), 'offertrail-profile-'))
  const flags = ['--headless=new', '--no-sandbox', '--no-first-run', '--disable-gpu', `--user-data-dir=${profile}`]
  const process = spawn(String(launchOptions.executablePath), [...flags, url], { stdio: 'ignore', detached: true })
  const over = new Promise((done) => process.once('exit', done))
  return {
    async close() {
      // The browser is the leader of a process group of its own: its children end with it.
      if (process.pid && process.exitCode === null) globalThis.process.kill(-process.pid, 'SIGKILL')
      await over
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}

/** Every event is what the contract says, without a field too many. */
function expectContract(events: readonly Received[]): void {
  for (const event of events) {
    const definition = eventDefinition(event.type)
    expect(definition, event.type).toBeDefined()
    const result = definition?.schema.safeParse(event)
    expect(result?.error, JSON.stringify(event)).toBeUndefined()
    expect(Object.keys(event).filter((key) => !(key in (definition?.schema.shape ?? {})))).toEqual([])
  }
}
