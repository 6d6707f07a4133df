import { EngineDownError, type EngineLog, type EngineState } from './engine.ts'

/** The engine's state and those who want to know. */
export interface StateHolder {
  readonly state: EngineState
  set(state: EngineState): void
  onChange(listener: (state: EngineState) => void): () => void
  /** Resolves when that state is next entered; rejects when the engine is stopped before. */
  reached(state: EngineState): Promise<void>
}

/** A listener that throws is logged and harms nobody else. */
export function createStateHolder(log: EngineLog): StateHolder {
  const listeners = new Set<(state: EngineState) => void>()
  let current: EngineState = 'down'
  function onChange(listener: (state: EngineState) => void): () => void {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }
  return {
    get state() {
      return current
    },
    set(state) {
      if (state === current) return
      current = state
      for (const listener of [...listeners]) {
        try {
          listener(state)
        } catch (error) {
          log.error({ error }, 'engine: a listener failed')
        }
      }
    },
    onChange,
    reached(wanted) {
      return new Promise((resolve, reject) => {
        const end = onChange((state) => {
          if (state !== wanted && state !== 'stopped') return
          end()
          if (state === wanted) resolve()
          else reject(new EngineDownError('engine: it was stopped'))
        })
      })
    },
  }
}
