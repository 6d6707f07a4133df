import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestEngine, type TestEngine } from '../testing.ts'
import type { Engine, EngineState } from './engine.ts'

let test: TestEngine
let engine: Engine

beforeAll(async () => {
  test = await startTestEngine({ restartDelayMs: 20 })
  engine = test.engine
  await engine.client().command({ query: 'CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n' })
})

afterAll(() => test.stop())

describe('an embedded engine', () => {
  it('is ClickHouse, with the database set, in UTC, without implicit selects', async () => {
    const rows = await select('SELECT currentDatabase() AS database, timezone() AS zone, version() AS version')
    expect(rows).toEqual([{ database: 'offertrail', zone: 'UTC', version: engine.version }])
    const engines = await select("SELECT engine FROM system.databases WHERE name = 'offertrail'")
    expect(engines).toEqual([{ engine: 'Atomic' }])
    const settings = await select(`SELECT name, value FROM system.settings
      WHERE name IN ('implicit_select', 'async_insert', 'deduplicate_blocks_in_dependent_materialized_views')
      ORDER BY name`)
    expect(settings).toEqual([
      { name: 'async_insert', value: '0' },
      { name: 'deduplicate_blocks_in_dependent_materialized_views', value: '1' },
      { name: 'implicit_select', value: '0' },
    ])
  })

  it('listens on the loopback address only', () => {
    expect(new URL(engine.url).hostname).toBe('127.0.0.1')
  })

  it('lets nobody in as default, nor with a wrong password', async () => {
    expect((await ask({})).status).not.toBe(200)
    expect((await ask({ user: 'default', password: '' })).text).toContain('USER_SESSION_LIMIT_EXCEEDED')
    expect((await ask({ user: 'offertrail_admin', password: 'guess' })).status).toBe(403)
    expect(await select('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('keeps its files to its own user', async () => {
    await engine.client().insert({ table: 'kept', values: [{ n: 1 }], format: 'JSONEachRow' })
    const entries = await readdir(test.dir, { recursive: true, withFileTypes: true })
    expect(entries.length).toBeGreaterThan(10)
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isSymbolicLink()) continue
      // A file may go between the listing and the question: merges clean up.
      const mode = (await stat(path).catch(() => undefined))?.mode ?? 0
      expect(mode & 0o077, path).toBe(0)
    }
  })

  it('gives its process nothing of our environment', async () => {
    process.env.OFFERTRAIL_TEST_SECRET = 'do not hand this on'
    await engine.restart('to take the environment of now')
    const rows = await select(`SELECT file('/proc/self/environ') AS environment`)
    delete process.env.OFFERTRAIL_TEST_SECRET
    expect(JSON.stringify(rows)).toContain('TZ=UTC')
    expect(JSON.stringify(rows)).not.toContain('OFFERTRAIL_TEST_SECRET')
  })

  it('comes back by itself after a kill, as a new incarnation, with everything it had', async () => {
    const [before, url] = [await engine.incarnation(), engine.url]
    expect(await engine.incarnation()).toBe(before)
    const client = engine.client()
    const own = engine.client({ request_timeout: 5_000 })
    const rowsBefore = await select('SELECT sum(n) AS n FROM kept')
    const states = await statesUntilUp(() => process.kill(engine.pid ?? 0, 'SIGKILL'))

    expect(states).toEqual(['down', 'up'])
    expect(await engine.incarnation()).not.toBe(before)
    expect(engine.url).not.toBe(url)
    expect(await select('SELECT sum(n) AS n FROM kept', client)).toEqual(rowsBefore)
    expect(await select('SELECT sum(n) AS n FROM kept', own)).toEqual(rowsBefore)
    await own.close()
    expect(test.logged.map(({ message }) => message)).toContain('engine: ClickHouse ended; starting it again')
    expect(JSON.stringify(test.logged)).toContain('killed by SIGKILL')
  })

  it('says so, by code, while it is down', async () => {
    const client = engine.client()
    let refused: Promise<unknown>[] = []
    await statesUntilUp(() => {
      const off = engine.onChange(() => {
        off()
        refused = [client.query({ query: 'SELECT 1' }), engine.incarnation()].map((call) =>
          call.then(
            () => 'answered',
            (error: Error & { code: string }) => error.code,
          ),
        )
      })
      process.kill(engine.pid ?? 0, 'SIGSEGV')
    })
    // The old connections are still there for a moment; what matters is that nothing is answered.
    expect(await refused[1]).toBe('ENGINE_DOWN')
    expect(await refused[0]).not.toBe('answered')
  })

  it('tries again, and says why, while it cannot be started', async () => {
    const { mkdir, rename } = await import('node:fs/promises')
    const lock = join(test.dir, 'data', 'status')
    const failed = new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (!test.logged.some(({ message }) => message.includes('did not start'))) return
        clearInterval(timer)
        resolve()
      }, 20)
    })
    const back = statesUntilUp(() => {})
    await rename(lock, `${lock}.kept`)
    await mkdir(lock)
    process.kill(engine.pid ?? 0, 'SIGKILL')
    await failed
    expect(engine.state).toBe('down')
    await rm(lock, { recursive: true })
    expect(await back).toEqual(['down', 'up'])
    const cause = test.logged.find(({ message }) => message.includes('did not start'))?.fields
    expect(JSON.stringify(cause)).toContain('status')
  })

  it('is refused a folder that another engine has, which is not disturbed', async () => {
    await expect(startTestEngine({ dir: test.dir, lockWaitMs: 0 })).rejects.toThrow(
      /another process has its folder open/,
    )
    expect(await select('SELECT 1 AS one')).toEqual([{ one: 1 }])
    await engine.restart('its keys must be its own still')
    expect(await select('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('leaves no key behind for anyone to read once it is stopped, and can be stopped twice', async () => {
    const other = await startTestEngine()
    const { engine: stopped, dir } = other
    await stopped.stop()
    await stopped.stop()
    expect(stopped.state).toBe('stopped')
    expect(await readdir(dir)).toEqual(['backups', 'data'])
    await expect(stopped.client().query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: 'ENGINE_DOWN' })
    await other.stop()
  })

  it('refuses a database name that would need quoting', async () => {
    await expect(startTestEngine({ database: 'a`; DROP' })).rejects.toThrow(/CLICKHOUSE_DATABASE/)
  })

  it('goes when its parent is killed', async () => {
    // The compiled engine: a parent that can be killed has to be a program of its own.
    const dir = await mkdtemp(join(tmpdir(), 'offertrail-orphan-'))
    const module = fileURLToPath(new URL('../../dist/engine/embedded.js', import.meta.url))
    const log = '{ info() {}, warn() {}, error() {} }'
    const program = `import { startEmbeddedEngine } from ${JSON.stringify(module)}
      const engine = await startEmbeddedEngine({ dir: ${JSON.stringify(dir)}, database: 'orphan', log: ${log} })
      console.log(engine.pid)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))))
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    while (alive(pid)) await sleep(50) // The test's own time limit is the bound.
    await rm(dir, { recursive: true, force: true })
  })
})

async function select(query: string, client = engine.client()): Promise<unknown[]> {
  return await (await client.query({ query, format: 'JSONEachRow' })).json()
}

/** All states from the action on, up to the next `up`. */
async function statesUntilUp(action: () => void): Promise<EngineState[]> {
  const states: EngineState[] = []
  const up = new Promise<void>((resolve) => {
    const off = engine.onChange((state) => {
      states.push(state)
      if (state !== 'up') return
      off()
      resolve()
    })
  })
  action()
  await up
  return states
}

async function ask(who: { user?: string; password?: string }): Promise<{ status: number; text: string }> {
  const headers: Record<string, string> = {}
  if (who.user !== undefined) headers['X-ClickHouse-User'] = who.user
  if (who.password !== undefined) headers['X-ClickHouse-Key'] = who.password
  const answer = await fetch(engine.url, { method: 'POST', body: 'SELECT 1', headers })
  return { status: answer.status, text: await answer.text() }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false // No such process.
  }
}
