import { randomUUID } from 'node:crypto'
import { createClientPool } from './clients.ts'
import { prepareDatabase } from './database.ts'
import { type Engine, EngineDownError, type EngineLog, EngineStartError, messageOf } from './engine.ts'
import { createStateHolder } from './state.ts'

export interface ServerOptions {
  url: string
  username: string
  password: string
  /** Made when missing, ENGINE = Atomic. */
  database: string
  log: EngineLog
  /** How often the server is asked whether it is there, ms. Default 2,000. */
  checkIntervalMs?: number
}

/**
 * Connects to a ClickHouse server. Its state is watched: `down` while it does not answer, `up` again when it does.
 * @throws EngineStartError when it cannot be reached, refuses the login, or is too old
 */
export async function connectServer(options: ServerOptions): Promise<Engine> {
  const { database, log } = options
  const address = { ...splitUrl(options), database }
  const { url } = address
  const version = await prepareDatabase(address).catch((cause: unknown) => {
    if (cause instanceof EngineStartError) throw cause
    throw new EngineStartError(`engine: cannot use ClickHouse at ${url}: ${messageOf(cause)}`, {
      cause,
    })
  })
  const pool = createClientPool()
  await pool.move(address)
  const state = createStateHolder(log)
  state.set('up')

  const watch = setInterval(() => void check(), options.checkIntervalMs ?? 2_000)
  let checking = false

  return {
    kind: 'server',
    database,
    url,
    pid: undefined,
    version,
    get state() {
      return state.state
    },
    incarnation,
    client: (clientOptions) => pool.client(clientOptions),
    reader: () => undefined,
    onChange: (listener) => state.onChange(listener),
    async restart() {
      throw new Error('engine: a ClickHouse server is not ours to restart')
    },
    async stop() {
      clearInterval(watch)
      await pool.move(undefined)
      state.set('stopped')
    },
  }

  /**
   * A row in a table of ENGINE = Memory lives exactly as long as the server's process: when it is gone, so is the
   * process that wrote it. No clock is asked; `now() - uptime()` moves with every adjustment of the server's time.
   */
  async function incarnation(): Promise<string> {
    try {
      const client = pool.client()
      const found = await readIncarnation()
      if (found) return found
      await client.command({ query: `CREATE TABLE IF NOT EXISTS ${INCARNATION_TABLE} (id String) ENGINE = Memory` })
      await client.insert({ table: INCARNATION_TABLE, values: [{ id: randomUUID() }], format: 'JSONEachRow' })
      // Read back: of two collectors that came at once both must see the same one.
      return (await readIncarnation()) ?? ''
    } catch (cause) {
      throw new EngineDownError('engine: the ClickHouse server does not say which process it is', { cause })
    }
  }

  async function readIncarnation(): Promise<string | undefined> {
    const there = await pool.client().query({
      query: 'SELECT name FROM system.tables WHERE database = {database:String} AND name = {table:String}',
      query_params: { database, table: INCARNATION_TABLE },
      format: 'JSONEachRow',
    })
    if ((await there.json()).length === 0) return undefined
    const answer = await pool.client().query({
      query: `SELECT toString(serverUUID()) AS server, min(id) AS id FROM ${INCARNATION_TABLE} HAVING count() > 0`,
      format: 'JSONEachRow',
    })
    const [row] = await answer.json<{ server: string; id: string }>()
    return row && `${row.server}/${row.id}`
  }

  async function check(): Promise<void> {
    if (checking) return
    checking = true
    const { success } = await pool.client().ping({ select: true })
    checking = false
    if (state.state === 'stopped' || success === (state.state === 'up')) return
    state.set(success ? 'up' : 'down')
    if (success) log.info({}, 'engine: the ClickHouse server is back')
    else log.error({}, 'engine: the ClickHouse server does not answer')
  }
}

/** In the database itself, so that the grants we have are enough. */
export const INCARNATION_TABLE = 'engine_incarnation'

/** A user in the URL is the user; the URL that is left may be shown. */
function splitUrl(options: ServerOptions): { url: string; username: string; password: string } {
  const parsed = new URL(options.url)
  const username = decodeURIComponent(parsed.username) || options.username
  const password = decodeURIComponent(parsed.password) || options.password
  parsed.username = ''
  parsed.password = ''
  return { url: parsed.href, username, password }
}
