import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { createServer } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ADMIN_USER, type EngineBounds, READER_USER, renderConfig, renderUsers } from './host-config.ts'

/** One running engine process: its door, its keys, its end. */
export interface HostProcess {
  /** Made anew each start and never repeated. */
  readonly id: string
  readonly pid: number
  readonly url: string
  readonly admin: { username: string; password: string }
  readonly reader: { username: string; password: string }
  /** Resolves when the process is gone, with why as far as it can be told. Never rejects. */
  readonly exit: Promise<HostExit>
  /** Asks for a clean stop; kills the process when it takes longer than the bound. Resolves when it is gone. */
  stop(): Promise<HostExit>
}

export interface HostExit {
  code: number | null
  signal: NodeJS.Signals | null
  /** The last thing the process wrote to stderr, cut short. */
  lastWords: string
}

export interface HostOptions {
  /** The engine's folder; made when missing. */
  dir: string
  database: string
  library: string
  bounds: EngineBounds
  /** How long one start may take until the engine answers, ms. Loading a large database takes its time. */
  startTimeoutMs: number
  /** How long a clean stop may take before the process is killed, ms. */
  stopTimeoutMs: number
}

/** A start that failed. `retry` says whether another port or a little patience may help. */
export class HostStartError extends Error {
  readonly retry: 'port' | 'lock' | 'no'
  constructor(message: string, retry: 'port' | 'lock' | 'no') {
    super(message)
    this.name = 'HostStartError'
    this.retry = retry
  }
}

/**
 * Starts one engine process and waits until it answers a query with this start's own password: a bare ping could be
 * answered by whoever else has that port.
 * @throws HostStartError
 */
export async function startHostProcess(options: HostOptions): Promise<HostProcess> {
  const admin = { username: ADMIN_USER, password: randomBytes(24).toString('hex') }
  const reader = { username: READER_USER, password: randomBytes(24).toString('hex') }
  const { config, path, host, forget } = await prepareFolder(options, admin.password, reader.password)
  const port = await freePort()
  // Plain JavaScript beside this file, in src/ as in dist/.
  const program = fileURLToPath(new URL('./host.mjs', import.meta.url))
  const child = spawn(process.execPath, [program], {
    cwd: path,
    env: hostEnvironment(),
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const exit = watchExit(child).finally(forget)
  // Secrets travel on stdin, not in arguments or the environment, which others on the machine may see.
  const order = {
    library: options.library,
    config,
    path,
    port,
    user: admin.username,
    password: admin.password,
    stopTimeoutMs: options.stopTimeoutMs,
  }
  child.stdin.on('error', () => {}) // The process is gone already; `exit` tells.
  child.stdin.write(`${JSON.stringify(order)}\n`)

  const url = `http://127.0.0.1:${port}`
  const stop = () => stopChild(child, exit, options.stopTimeoutMs)
  await untilReady({ url, admin, exit, stop, startTimeoutMs: options.startTimeoutMs })
  await forgetOthers(host)
  return { id: randomUUID(), pid: child.pid ?? 0, url, admin, reader, exit, stop }
}

type Child = ChildProcessByStdio<Writable, null, Readable>

async function prepareFolder(options: HostOptions, adminPassword: string, readerPassword: string) {
  const root = resolve(options.dir)
  const [path, backups] = [join(root, 'data'), join(root, 'backups')]
  for (const folder of [root, path, backups]) await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const folder of [path, backups]) await chmod(folder, 0o700)
  // A folder of its own a start (0700): two starts on one data folder must not change each other's keys; only one of
  // them gets the engine's lock.
  const host = await mkdtemp(join(root, 'host-'))
  const usersFile = join(host, 'users.xml')
  const config = join(host, 'config.xml')
  const users = renderUsers({ database: options.database, adminPassword, readerPassword, bounds: options.bounds })
  await writeFile(usersFile, users, { mode: 0o600 })
  await writeFile(config, renderConfig({ path, usersFile, backups, bounds: options.bounds }), { mode: 0o600 })
  return { config, path, host, forget: () => removeQuietly(host) }
}

/** We have the engine's lock now: what earlier starts left, whose parent was killed, is nobody's any more. */
async function forgetOthers(own: string): Promise<void> {
  const root = dirname(own)
  const names = (await readdir(root)).filter((name) => name.startsWith('host-') && name !== basename(own))
  await Promise.all(names.map((name) => removeQuietly(join(root, name))))
}

async function removeQuietly(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } catch {
    // It holds hashes of passwords that are no longer valid; the next start tries again.
  }
}

/** Nothing of our own environment: it holds keys, and SQL functions of the engine can read files under /proc. */
function hostEnvironment(): NodeJS.ProcessEnv {
  const { PATH, LD_LIBRARY_PATH, TMPDIR } = process.env
  return Object.fromEntries(
    Object.entries({ PATH, LD_LIBRARY_PATH, TMPDIR, TZ: 'UTC' }).filter(([, value]) => value !== undefined),
  )
}

function watchExit(child: Child): Promise<HostExit> {
  const keep = 4_000 // characters of stderr: enough for a cause, too few to matter
  let lastWords = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-keep)
  })
  return new Promise((resolveExit) => {
    child.once('error', (error) => resolveExit({ code: null, signal: null, lastWords: error.message }))
    // 'close', not 'exit': by then all of stderr has been read.
    child.once('close', (code, signal) => resolveExit({ code, signal, lastWords: lastWords.trim() }))
  })
}

async function stopChild(child: Child, exit: Promise<HostExit>, timeoutMs: number): Promise<HostExit> {
  child.stdin.end()
  // The process gives up by itself at its own limit; a stopped or hung one needs the signal.
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs + 1_000)
  const ended = await exit
  clearTimeout(timer)
  return ended
}

/** A wrong password means that someone else answers on the port; after this many in a row another one is taken. */
const STRANGER_ANSWERS_MAX = 20
const READY_POLL_MS = 15

async function untilReady(options: {
  url: string
  admin: { username: string; password: string }
  exit: Promise<HostExit>
  stop: () => Promise<HostExit>
  startTimeoutMs: number
}): Promise<void> {
  let exited: HostExit | undefined
  void options.exit.then((exit) => {
    exited = exit
  })
  const deadline = Date.now() + options.startTimeoutMs
  let strangers = 0
  for (;;) {
    const status = await askSelectOne(options.url, options.admin)
    if (exited) throw startError(exited)
    if (status === 200) return
    if (status !== undefined) strangers += 1
    if (strangers > STRANGER_ANSWERS_MAX) {
      await options.stop()
      throw new HostStartError('engine: another program answers on its port', 'port')
    }
    if (Date.now() > deadline) {
      const { lastWords } = await options.stop()
      throw new HostStartError(`engine: no answer within ${options.startTimeoutMs} ms of its start. ${lastWords}`, 'no')
    }
    await sleep(READY_POLL_MS)
  }
}

function startError(exit: HostExit): HostStartError {
  const text = `engine: ended while starting (${describeExit(exit)})`
  // The process of a moment ago, or another collector, has the folder. By the words: code 76 alone is any file that
  // cannot be opened, a full disk included.
  if (/Cannot lock file/.test(exit.lastWords)) return new HostStartError(text, 'lock')
  if (/Address already in use|Listen \[/.test(exit.lastWords)) return new HostStartError(text, 'port')
  return new HostStartError(text, 'no')
}

/** For people: how the process ended, and what it said last. */
export function describeExit(exit: HostExit): string {
  const how = exit.signal ? `killed by ${exit.signal}` : `exit code ${exit.code}`
  return exit.lastWords ? `${how}: ${exit.lastWords}` : how
}

/** The status of an authenticated SELECT 1; undefined when nobody answers HTTP there. */
function askSelectOne(url: string, admin: { username: string; password: string }): Promise<number | undefined> {
  return new Promise((answer) => {
    const request = http.request(url, {
      method: 'POST',
      agent: false,
      timeout: 2_000,
      headers: { 'X-ClickHouse-User': admin.username, 'X-ClickHouse-Key': admin.password },
    })
    request.on('response', (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('error', () => answer(undefined))
      response.on('end', () => answer(response.statusCode === 200 && body !== '1\n' ? 0 : response.statusCode))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => answer(undefined))
    request.end('SELECT 1')
  })
}

/** A loopback port nobody has now. Someone may take it before the engine does; the caller then tries another. */
function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => found(port))
    })
  })
}
