import type { ClickHouseClient, ClickHouseClientConfigOptions } from '@clickhouse/client'

export type EngineState = 'up' | 'down' | 'stopped'

/** What a caller may set on a client of its own: everything but where it connects to and as whom. */
export type ClientOptions = Omit<ClickHouseClientConfigOptions, 'url' | 'username' | 'password'>

/** Where and as whom people's SQL runs. Valid for the present start of the engine only. */
export interface ReaderAccess {
  url: string
  username: string
  password: string
}

/** ClickHouse, embedded or a server: the same for all who use it. */
export interface Engine {
  readonly kind: 'embedded' | 'server'
  readonly database: string
  /** Changes after a restart: read it anew each time. */
  readonly url: string
  readonly state: EngineState
  /** The embedded engine's process now; undefined while there is none, and for a server. */
  readonly pid: number | undefined
  /** ClickHouse's own version, such as `26.7.2.1`. */
  readonly version: string
  /**
   * Identity of the running engine process. Two calls that give the same string saw one process with no restart
   * between them; a different one means that insert tokens must no longer be trusted.
   * @throws EngineDownError while there is no process to ask
   */
  incarnation(): Promise<string>
  /**
   * The administrator's client. It follows the engine through restarts; while the engine is down its calls reject with
   * EngineDownError. Without options it is one shared client (closing it does nothing); with options it is the
   * caller's own, to be closed by the caller.
   */
  client(options?: ClientOptions): ClickHouseClient
  /** The read-only user people's SQL runs as; undefined for a server, whose own users are its business. */
  reader(): ReaderAccess | undefined
  /** Told of every change of state, in order. Returns the way to stop listening. */
  onChange(listener: (state: EngineState) => void): () => void
  /** Replaces the process of an embedded engine (a server cannot be restarted from here: rejects). */
  restart(reason: string): Promise<void>
  /** Ends clients and, if embedded, the engine. Resolves when the process is gone. Can be called again. */
  stop(): Promise<void>
}

/** The part of a pino logger that is used here. */
export interface EngineLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The engine is not there now; whoever has data keeps it and tries again. */
export class EngineDownError extends Error {
  readonly code = 'ENGINE_DOWN'
  constructor(message = 'engine: ClickHouse is down; it is being restarted or waited for', options?: ErrorOptions) {
    super(message, options)
    this.name = 'EngineDownError'
  }
}

/** The engine could not be started or reached, and trying again as it is will not help. */
export class EngineStartError extends Error {
  readonly code = 'ENGINE_START'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EngineStartError'
  }
}

/** What went wrong, in words; for log fields. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
