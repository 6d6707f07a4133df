import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('../..', import.meta.url))

// chdb and the engine host must never share a process with worker threads: forks only.
export default defineConfig({
  root,
  resolve: { conditions: ['offertrail-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['offertrail-source', 'node', 'import', 'default'] } },
  test: {
    include: ['{packages/*,collector,clickhouse}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
