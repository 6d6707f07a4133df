import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultBounds } from './embedded.ts'
import type { Engine } from './engine.ts'
import { type HostProcess, startHostProcess } from './host-process.ts'
import { findEngineLibrary } from './library.ts'
import { connectServer } from './server.ts'

const log = { info() {}, warn() {}, error() {} }
let dir: string
let host: HostProcess
let front: http.Server
let engine: Engine

// The engine's own HTTP server stands for a ClickHouse server; a front keeps the address while the engine restarts.
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'offertrail-server-'))
  host = await startHost()
  front = http.createServer((request, response) => {
    const headers = { ...request.headers, authorization: basic(host.admin) }
    const onward = http.request(new URL(request.url ?? '/', host.url), {
      method: request.method,
      headers,
      agent: false,
    })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  engine = await connectServer({
    url: frontUrl(),
    username: 'u',
    password: 'p',
    database: 'trail',
    log,
    checkIntervalMs: 50,
  })
})

afterAll(async () => {
  await engine.stop()
  front.closeAllConnections()
  front.close()
  await host.stop()
  await rm(dir, { recursive: true, force: true })
})

describe('a server', () => {
  it('gets its database and answers like an embedded engine', async () => {
    const answer = await engine.client().query({
      query: "SELECT currentDatabase() AS database, engine FROM system.databases WHERE name = 'trail'",
      format: 'JSONEachRow',
    })
    expect(await answer.json()).toEqual([{ database: 'trail', engine: 'Atomic' }])
    expect(engine).toMatchObject({ kind: 'server', state: 'up', pid: undefined })
    expect(engine.reader()).toBeUndefined()
  })

  it('is seen to go and to come back, as another incarnation', async () => {
    const before = await engine.incarnation()
    expect(before).not.toBe('')
    expect(await engine.incarnation()).toBe(before)
    const other = await connectServer({ url: frontUrl(), username: 'u', password: 'p', database: 'trail', log })
    expect(await other.incarnation()).toBe(before)
    await other.stop()

    const down = reached('down')
    await host.stop()
    await down
    await expect(engine.incarnation()).rejects.toMatchObject({ code: 'ENGINE_DOWN' })
    const up = reached('up')
    host = await startHost()
    await up
    const after = await engine.incarnation()
    expect(after).not.toBe('')
    expect(after).not.toBe(before)
  })

  it('that does not answer is named, without what is secret', async () => {
    const url = 'http://someone:hidden@127.0.0.1:1'
    const refused = connectServer({ url, username: 'u', password: 'hidden', database: 'trail', log })
    await expect(refused).rejects.toThrow(/cannot use ClickHouse at http:\/\/127\.0\.0\.1:1\//)
    await expect(refused).rejects.not.toThrow(/hidden/)
  })
})

function startHost(): Promise<HostProcess> {
  return startHostProcess({
    dir,
    database: 'trail',
    library: findEngineLibrary(),
    bounds: defaultBounds(),
    startTimeoutMs: 60_000,
    stopTimeoutMs: 15_000,
  })
}

function frontUrl(): string {
  return `http://127.0.0.1:${(front.address() as AddressInfo).port}`
}

function basic(user: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`
}

function reached(wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const off = engine.onChange((state) => {
      if (state !== wanted) return
      off()
      resolve()
    })
  })
}
