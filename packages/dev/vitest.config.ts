import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('../..', import.meta.url))
const all = ['{packages/*,collector,clickhouse}/**/*.test.ts']
const inBrowser = ['packages/e2e/**/*.test.ts', '**/*.browser.test.ts']
const never = [...configDefaults.exclude, '**/dist/**', '**/.cache/**']

// chdb and the engine host must never share a process with worker threads: forks only.
export default defineConfig({
  root,
  resolve: { conditions: ['offertrail-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['offertrail-source', 'node', 'import', 'default'] } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'parts', include: all, exclude: [...never, ...inBrowser], sequence: { groupOrder: 0 } },
      },
      {
        // A browser, an engine and a collector at once fill a small machine: these run after the rest, a file at a time.
        extends: true,
        test: { name: 'journeys', include: inBrowser, exclude: never, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
