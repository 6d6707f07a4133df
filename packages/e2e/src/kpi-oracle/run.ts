import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Collector, readConfig, startCollector } from '@offertrail/collector'
import { events } from '@offertrail/contract'
import { type Facts, factsOf, type Made, type Receipts } from './facts.ts'
import { createRandom } from './random.ts'
import { type Recount, recount } from './recount.ts'
import { createWorld, type Delivery } from './world.ts'

/** What may befall the collector in the middle of it. */
export type Disturbance = 'none' | 'restart' | 'engine killed'

export interface Outcome {
  /** What the views say. */
  counted: Recount
  /** What they should say. */
  recounted: Recount
  facts: Facts
}

const KEYS = { write: 'write-key-of-the-oracle', server: 'server-key-of-the-oracle' } as const
const DRAIN_MS = 60_000

/** Sends a world to a collector of its own, asks it for every KPI, and recounts them. */
export async function runWorld(seed: number, disturbance: Disturbance): Promise<Outcome> {
  const dir = await mkdtemp(join(tmpdir(), 'offertrail-oracle-'))
  let collector = await start(dir)
  try {
    await collector.ready
    const deliveries = createWorld(createRandom(seed), Date.now())
    const made: Made[] = []
    for (const [index, delivery] of deliveries.entries()) {
      made.push(await send(collector.url, delivery))
      if (index !== Math.floor(deliveries.length / 2)) continue
      if (disturbance === 'engine killed') killEngine(dir)
      if (disturbance === 'restart') {
        await collector.close()
        collector = await start(dir)
      }
    }
    await collector.ready
    if (!(await collector.drain(DRAIN_MS))) throw new Error('the collector did not store everything in time')
    const facts = factsOf(made, await receiptsOf(collector))
    const recounted = recount(facts, Date.now())
    const counted: Recount = {}
    for (const view of Object.keys(recounted)) counted[view] = await ask(collector, `SELECT * FROM ${view}`)
    return { counted, recounted, facts }
  } finally {
    await collector.close()
    await rm(dir, { recursive: true, force: true })
  }
}

function start(dir: string): Promise<Collector> {
  const config = readConfig({
    DATA_DIR: dir,
    PORT: '0',
    CLICKHOUSE_HTTP_PORT: '0',
    WRITE_KEYS: KEYS.write,
    SERVER_KEYS: KEYS.server,
    RATE_LIMIT_WRITE: '0',
    // So that X-Forwarded-For is believed: each browser has an address of its own.
    TRUSTED_PROXIES: '127.0.0.1',
    FLUSH_INTERVAL_MS: '25',
    LOG_LEVEL: 'silent',
  })
  return startCollector(config, (error) => {
    throw error
  })
}

async function send(url: string, delivery: Delivery): Promise<Made> {
  const { channel, encoding, parcels } = delivery
  const before = Date.now()
  const sentAt = channel.tellsClock ? before + channel.clockOffsetMs : undefined
  const body = JSON.stringify({
    ...(sentAt !== undefined && { sent_at: new Date(sentAt).toISOString() }),
    events: parcels.map(({ event }) => event),
  })
  const answer = await fetch(`${url}/api/analytics/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${KEYS[channel.key]}`,
      'content-type': encoding === 'text' ? 'text/plain' : 'application/json',
      'user-agent': channel.userAgent,
      'x-forwarded-for': channel.address,
      ...(channel.privacySignal && { 'sec-gpc': '1' }),
      ...(encoding === 'gzip' && { 'content-encoding': 'gzip' }),
    },
    body: encoding === 'gzip' ? gzipSync(body) : body,
  })
  const told = await answer.text()
  const expected = parcels.every(({ refusal }) => refusal !== undefined) ? 400 : 202
  if (answer.status !== expected) throw new Error(`the collector answered ${answer.status}, not ${expected}: ${told}`)
  const { rejected } = JSON.parse(told) as { rejected: { index: number }[] }
  const wrong = rejected.filter(({ index }) => parcels[index]?.refusal === undefined)
  if (wrong.length > 0) throw new Error(`the collector refused what is right: ${JSON.stringify(wrong)}`)
  return { delivery, sentAt, before, after: Date.now() }
}

/** When each stored delivery was had, from the tables that hold one row a delivery. */
async function receiptsOf(collector: Collector): Promise<Receipts> {
  const tables = [...new Set(Object.values(events).map(({ table }) => table))]
  return {
    accepted: await receiptsIn(collector, tables),
    duplicates: await receiptsIn(collector, ['duplicate_events']),
    refused: await receiptsIn(collector, ['rejected_events']),
  }
}

async function receiptsIn(collector: Collector, tables: string[]): Promise<Map<string, number[]>> {
  const parts = tables.map((table) => `SELECT toString(event_id) AS id, received_at FROM ${table}`)
  const rows = await ask(
    collector,
    `SELECT id, arraySort(groupArray(toUnixTimestamp64Milli(received_at))) AS times FROM (${parts.join(' UNION ALL ')}) GROUP BY id`,
  )
  return new Map(rows.map(({ id, times }) => [String(id), times as number[]]))
}

/** As people ask: through the port for SQL. NaN comes as text, so that it is not taken for NULL. */
async function ask(collector: Collector, sql: string): Promise<Record<string, unknown>[]> {
  const settings = 'output_format_json_quote_64bit_integers=0&output_format_json_quote_denormals=1'
  const answer = await fetch(`${collector.sqlUrl()}/?${settings}`, {
    method: 'POST',
    body: `${sql} FORMAT JSONEachRow`,
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** kill -9 of the engine's process: a child of this one, at home in the collector's folder. */
function killEngine(dir: string): void {
  const own = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isEngine(name, dir))
  if (own.length === 0) throw new Error('no engine process to kill')
  for (const pid of own) process.kill(Number(pid), 'SIGKILL')
}

function isEngine(pid: string, dir: string): boolean {
  try {
    const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    if (Number(parent) !== process.pid) return false
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(dir)
  } catch {
    // It ended while we looked.
    return false
  }
}
