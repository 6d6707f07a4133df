import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

// Real processes, killed with -9 while events arrive. What was answered with 202 is there once, whatever died when.

const main = fileURLToPath(new URL('../../../collector/dist/main.js', import.meta.url))
const ROUNDS = 8
let dataDir: string
let port: number
let sqlPort: number
let collector: ChildProcess | undefined

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'offertrail-crash-'))
  port = await freePort()
  sqlPort = await freePort()
})
afterEach(() => {
  collector?.kill('SIGKILL')
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 })
})

it('loses nothing that was accepted and counts nothing twice, while collector and engine are killed in turn', async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
  const random = generator(seed)
  const acknowledged = new Set<string>()
  const sent = new Set<string>()
  let sending = true
  await start()
  const load = (async () => {
    for (let n = 0; sending; n += 1) {
      const events = Array.from({ length: 1 + Math.floor(random() * 20) }, (_, i) => makeEvent(n * 100 + i))
      for (const { event_id } of events) sent.add(event_id)
      // A client tries until it has read a 2xx; then the events are the collector's.
      while (!(await post(events))) await sleep(20)
      for (const { event_id } of events) acknowledged.add(event_id)
      if (random() < 0.2) await post(events)
      await sleep(5)
    }
  })()
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(100 + random() * 1_200)
    if (round % 2 === 0) {
      kill(enginePid())
    } else {
      collector?.kill('SIGKILL')
      await start()
    }
  }
  await sleep(500)
  sending = false
  await load
  await waitUntil(async () => (await ask('SELECT uniqExact(event_id) FROM event_ids')) === String(acknowledged.size))

  const note = `seed ${seed}, ${acknowledged.size} events`
  expect(acknowledged.size, note).toBeGreaterThan(100)
  expect(await ask('SELECT count(), uniqExact(event_id) FROM user_interactions'), note).toBe(
    `${sent.size}\t${sent.size}`,
  )
  expect(await ask('SELECT sum(page_views), sum(lost_events) FROM user_sessions'), note).toBe(`${sent.size}\t0`)
  expect(await ask('SELECT sum(accepted) FROM kpi_data_quality_daily'), note).toBe(String(sent.size))
  expect(await ask('SELECT sum(page_views) FROM kpi_sessions_daily'), note).toBe(String(sent.size))
}, 180_000)

async function start(): Promise<void> {
  const environment = {
    PATH: process.env.PATH,
    DATA_DIR: dataDir,
    PORT: String(port),
    CLICKHOUSE_HTTP_PORT: String(sqlPort),
    FLUSH_INTERVAL_MS: '50',
    LOG_LEVEL: 'fatal',
  }
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const child = spawn(process.execPath, [main], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
    collector = child
    const isUp = await new Promise<boolean>((resolve) => {
      child.stdout?.on('data', (chunk) => String(chunk).includes('Offertrail is up') && resolve(true))
      child.once('exit', () => resolve(false))
    })
    if (isUp) return
    // The engine of the process before may take a moment to notice that it is alone.
    await sleep(500)
  }
  throw new Error('crash test: the collector does not start')
}

const seqs = new Map<string, number>()

function makeEvent(n: number) {
  const session = `session ${n % 17}`
  const seq = seqs.get(session) ?? 0
  seqs.set(session, seq + 1)
  return {
    event_id: crypto.randomUUID(),
    type: 'interaction',
    interaction_type: 'page_view',
    timestamp: new Date().toISOString(),
    session_id: session,
    user_id: `user ${n % 5}`,
    seq,
    page_url: `/jobs/${n}`,
  }
}

async function post(events: object[]): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/analytics/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
      signal: AbortSignal.timeout(10_000),
    })
    const { accepted, duplicates } = (await answer.json()) as { accepted: number; duplicates: number }
    return answer.status === 202 && accepted + duplicates === events.length
  } catch {
    // Killed under way: nothing is promised, so the client sends again.
    return false
  }
}

async function ask(sql: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${sqlPort}/?database=offertrail`, { method: 'POST', body: sql })
  return (await answer.text()).trim()
}

async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await condition().catch(() => false)) return
    await sleep(100)
  }
}

/** The engine is the collector's only child that runs Node. */
function enginePid(): number | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (Number(parent) === collector?.pid && command.includes('host')) return Number(pid)
    } catch {
      // It ended while we looked.
    }
  }
  return undefined
}

function kill(pid: number | undefined): void {
  expect(pid).toBeDefined()
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
}

/** Mulberry32: small, and the same on every machine. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
