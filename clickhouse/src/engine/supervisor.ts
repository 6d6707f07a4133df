import { setTimeout as sleep } from 'node:timers/promises'
import { type EngineLog, messageOf } from './engine.ts'
import { describeExit, type HostProcess } from './host-process.ts'
import type { StateHolder } from './state.ts'

/** Keeps one engine process running. */
export interface Supervisor {
  /** The latest process; while the state is `down` it is the one that ended. */
  readonly host: HostProcess
  /** Resolves when no process is left and none will be started. */
  stop(): Promise<void>
}

export interface SupervisorOptions {
  /** The first process, running already. */
  host: HostProcess
  state: StateHolder
  log: EngineLog
  /** Starts a process and makes it usable. A rejection counts as one failed attempt. */
  start(): Promise<HostProcess>
  /** Called when the process has ended, before the next one is started. */
  lost(): Promise<void>
  /** Pause before the first attempt after a crash, doubled with each one in a row up to the most, ms. */
  delayMs: number
  delayMsMax: number
}

/** From here on the process is started again whenever it ends. Trouble becomes log lines and states, never a throw. */
export function supervise(options: SupervisorOptions): Supervisor {
  const { state, log } = options
  let { host } = options
  const stopSignal = new AbortController()
  const done = run()
  let stopped: Promise<void> | undefined

  return {
    get host() {
      return host
    },
    stop() {
      stopped ??= stop()
      return stopped
    },
  }

  async function run(): Promise<void> {
    let attempt = 0
    for (;;) {
      const startedAt = Date.now()
      const exit = await host.exit
      if (stopSignal.signal.aborted) return
      state.set('down')
      log.error({ cause: describeExit(exit) }, 'engine: ClickHouse ended; starting it again')
      await options.lost()
      // One that ran for a while before it died is no crash loop.
      if (Date.now() - startedAt > options.delayMsMax) attempt = 0
      do {
        const delayMs = Math.min(options.delayMs * 2 ** Math.min(attempt, 30), options.delayMsMax)
        attempt += 1
        if (!(await pause(delayMs, stopSignal.signal))) return
      } while (!(await startNext(attempt)))
      if (stopSignal.signal.aborted) return
    }
  }

  async function startNext(attempt: number): Promise<boolean> {
    try {
      host = await options.start()
      if (!stopSignal.signal.aborted) {
        state.set('up')
        log.info({ attempt }, 'engine: ClickHouse is back')
      }
      return true
    } catch (error) {
      log.error({ attempt, cause: messageOf(error) }, 'engine: ClickHouse did not start; trying again')
      return false
    }
  }

  async function stop(): Promise<void> {
    stopSignal.abort()
    await options.lost()
    await host.stop()
    await done
    // A start that was under way when the stop came leaves a process behind.
    await host.stop()
    state.set('stopped')
  }
}

/** False when the wait was cut short by the signal. */
async function pause(delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(delayMs, undefined, { signal })
    return true
  } catch {
    return false // Aborted: somebody wants the supervisor to end.
  }
}
