import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedEngineOptions, startEmbeddedEngine } from './engine/embedded.ts'
import type { Engine, EngineLog } from './engine/engine.ts'

export interface TestEngine {
  engine: Engine
  /** The engine's folder, removed by `stop`. */
  dir: string
  /** What the engine logged, oldest first. */
  logged: { level: 'info' | 'warn' | 'error'; fields: object; message: string }[]
  stop(): Promise<void>
}

/** The real engine on a folder of its own, for one test file: start it in beforeAll, stop it in afterAll. */
export async function startTestEngine(options: Partial<EmbeddedEngineOptions> = {}): Promise<TestEngine> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'offertrail-engine-')))
  const logged: TestEngine['logged'] = []
  const log: EngineLog = {
    info: (fields, message) => logged.push({ level: 'info', fields, message }),
    warn: (fields, message) => logged.push({ level: 'warn', fields, message }),
    error: (fields, message) => logged.push({ level: 'error', fields, message }),
  }
  const engine = await startEmbeddedEngine({ database: 'offertrail', log, ...options, dir }).catch(async (error) => {
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true })
    throw error
  })
  return {
    engine,
    dir,
    logged,
    async stop() {
      await engine.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
