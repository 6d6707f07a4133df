import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { type ClientOptions, EngineDownError } from './engine.ts'

/** Where the engine is now, and the administrator's key to it. */
export interface EngineAddress {
  url: string
  username: string
  password: string
  database: string
}

/** The clients of one engine, kept pointed at where it is now. */
export interface ClientPool {
  /** See Engine.client. */
  client(options?: ClientOptions): ClickHouseClient
  /** From now on all clients go there; undefined: the engine is down and calls reject. Ends the old connections. */
  move(address: EngineAddress | undefined): Promise<void>
}

/** A facade a client: callers may keep what `client()` gave them across any number of restarts. */
export function createClientPool(): ClientPool {
  const facades = new Set<Facade>()
  let address: EngineAddress | undefined
  let shared: ClickHouseClient | undefined

  function add(options: ClientOptions, own: boolean): ClickHouseClient {
    const facade: Facade = { options, real: address && connect(address, options) }
    facades.add(facade)
    return follow(facade, async () => {
      // The shared client belongs to all; it ends with the engine.
      if (!own || !facades.delete(facade)) return
      await facade.real?.close()
      facade.real = undefined
    })
  }

  return {
    client(options) {
      if (options) return add(options, true)
      shared ??= add({}, false)
      return shared
    },
    async move(to) {
      address = to
      const old = [...facades].map((facade) => {
        const { real } = facade
        facade.real = to && connect(to, facade.options)
        return real
      })
      // A connection that cannot be closed in order is gone all the same.
      await Promise.allSettled(old.map((client) => client?.close()))
    },
  }
}

interface Facade {
  options: ClientOptions
  real: ClickHouseClient | undefined
}

function connect(address: EngineAddress, options: ClientOptions): ClickHouseClient {
  // Its own log prints statements to the console, and with them what people typed; errors reach the caller anyway.
  const { url, username, password, database } = address
  return createClient({ log: { level: ClickHouseLogLevel.OFF }, database, ...options, url, username, password })
}

/** A client that looks up the real one at every call. */
function follow(facade: Facade, close: () => Promise<void>): ClickHouseClient {
  const handler: ProxyHandler<ClickHouseClient> = {
    get(_target, name) {
      if (name === 'close') return close
      if (name === 'then') return undefined // A client is no promise, whoever awaits it.
      const { real } = facade
      if (!real) return name === 'ping' ? async () => ({ success: false, error: new EngineDownError() }) : down
      const member: unknown = Reflect.get(real, name, real)
      return typeof member === 'function' ? member.bind(real) : member
    },
  }
  // The target is never used: every access goes through `get`.
  return new Proxy({} as ClickHouseClient, handler)
}

async function down(): Promise<never> {
  throw new EngineDownError()
}
