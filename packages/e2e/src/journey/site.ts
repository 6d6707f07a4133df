import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Collector, readConfig, startCollector } from '@offertrail/collector'

export type Row = Record<string, unknown>

/** A collector of one's own, with the demo in it, on a folder of its own. */
export interface Site {
  collector: Collector
  /** Where the demo is, without the last slash: `http://127.0.0.1:1234/demo`. */
  demo: string
  /** Asks through the port that people ask through. Rejects with ClickHouse's own words. */
  ask: (statement: string) => Promise<Row[]>
  /** Ends the engine without a word, as a kernel short of memory does. */
  killEngine: () => void
  close: () => Promise<void>
}

export async function openSite(): Promise<Site> {
  const dir = await mkdtemp(join(tmpdir(), 'offertrail-journey-'))
  const config = readConfig({ DATA_DIR: dir, PORT: '0', CLICKHOUSE_HTTP_PORT: '0', LOG_LEVEL: 'error' })
  const collector = await startCollector(config, (error) => {
    throw error
  })
  await collector.ready
  return {
    collector,
    demo: `${collector.url}/demo`,
    async ask(statement) {
      const answer = await fetch(`${collector.sqlUrl()}/?output_format_json_quote_64bit_integers=0`, {
        method: 'POST',
        body: `${statement} FORMAT JSONEachRow`,
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(text)
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Row)
    },
    killEngine() {
      const own = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isEngineOf(pid, dir))
      if (own.length === 0) throw new Error('no engine process to kill')
      for (const pid of own) process.kill(Number(pid), 'SIGKILL')
    },
    async close() {
      await collector.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function isEngineOf(pid: string, dir: string): boolean {
  try {
    const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(parent) === process.pid && readlinkSync(`/proc/${pid}/cwd`).startsWith(dir)
  } catch {
    return false // It ended while we looked.
  }
}

/** Days are UTC days: a visit that lasts past midnight would be two of them. */
export async function awayFromMidnight() {
  const left = 86_400_000 - (Date.now() % 86_400_000)
  if (left < 200_000) await new Promise((done) => setTimeout(done, left))
}
