import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkEdges, mayDependOn, type SourceFile, workspaceOf } from './edges.ts'
import { scan } from './scan.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const workspaces = ['clickhouse', 'collector', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)]
const files = workspaces.flatMap((workspace) => sourcesIn(`${workspace}/src`))

describe('the sources', () => {
  test('know only whom they may know', () => {
    expect(checkEdges(files)).toEqual([])
  })

  // A rule whose folder was renamed would hold forever.
  test.each([
    'packages/contract/src/',
    'packages/tracker/src/',
    'clickhouse/src/',
    'collector/src/config.ts',
    'collector/src/ingest/',
    'collector/src/spool/',
    'collector/src/write/sink',
  ])('have the part that a rule speaks of: %s', (start) => {
    expect(files.some(({ path }) => path.startsWith(start))).toBe(true)
  })

  test.each(workspaces)('%s depends on no workspace that it must not know', (workspace) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8'))
    const known = Object.keys(dependencies).filter((name) => name.startsWith('@offertrail/'))
    expect(known.filter((name) => !mayDependOn(workspaceOf(workspace), name.split('/')[1] ?? ''))).toEqual([])
  })

  // The projects of vitest.config.ts go by the name of the file: a browser among the parts would run beside another.
  test('start a browser only in tests that run one at a time', () => {
    const startsBrowser = ({ path, text }: SourceFile) =>
      path.endsWith('.test.ts') &&
      scan(path, text).imports.some(
        (one) => !one.typeOnly && /^(playwright|@offertrail\/dev\/chromium)/.test(one.specifier),
      )
    const elsewhere = files.filter(startsBrowser).map(({ path }) => path)
    expect(elsewhere.filter((path) => !/^packages\/e2e\/|\.browser\.test\.ts$/.test(path))).toEqual([])
  })
})

describe('the check', () => {
  test.each([
    ['packages/contract/src/a.ts', `import type { Row } from '@offertrail/clickhouse'`],
    ['packages/tracker/src/a.ts', `import { events } from '@offertrail/contract'`],
    ['packages/tracker/src/a.ts', `import { type Batch } from '@offertrail/contract'`],
    ['packages/tracker/src/a.ts', `import { z } from 'zod'`],
    ['packages/tracker/src/a.ts', `export * from '../../contract/src/limits.ts'`],
    ['packages/node/src/a.ts', `import { createApp } from '@offertrail/collector'`],
    ['packages/dashboard/src/a.ts', `import type { Batch } from '@offertrail/contract'`],
    ['clickhouse/src/a.ts', `import { createApp } from '@offertrail/collector'`],
    ['collector/src/a.ts', `import { people } from '@offertrail/demo'`],
    ['collector/src/a.ts', `const tag = await import('@offertrail/tracker')`],
    ['collector/src/a.ts', `const helper = require('@offertrail/dev/chromium')`],
    ['collector/src/a.ts', `type Journey = import('@offertrail/e2e').Journey`],
    ['collector/src/a.ts', `import { run } from '@offertrail/bench'`],
    ['collector/src/write/writer.ts', `import { createClient } from '@clickhouse/client'`],
    ['collector/src/routes/api/events.ts', `import type { ClickHouseClient } from '@clickhouse/client'`],
    ['collector/src/spool/segment.ts', `import type { FastifyInstance } from 'fastify'`],
    ['collector/src/spool/segment.ts', `import { z } from 'zod/mini'`],
    ['collector/src/spool/segment.ts', `import { engine } from '@offertrail/clickhouse'`],
    ['collector/src/alerts/rules.ts', `import { erase } from '../privacy/erase.ts'`],
    ['collector/src/write/writer.ts', `import type { Segment } from '../spool/segment.ts'`],
    ['collector/src/main.ts', `const port = process.env.PORT`],
    ['collector/src/main.ts', `const { env } = process`],
    ['collector/src/main.ts', `const port = globalThis.process['env']['PORT']`],
    ['collector/src/main.ts', `import { env } from 'node:process'`],
    ['collector/src/ingest/accept.ts', `const receivedMs = Date.now()`],
    ['collector/src/ingest/accept.ts', `export const accept = (now = Date.now) => now()`],
    ['collector/src/ingest/accept.ts', `const received = new Date()`],
    ['collector/src/ingest/accept.ts', `const id = crypto.randomUUID()`],
    ['collector/src/ingest/accept.ts', `import { randomUUID } from 'node:crypto'`],
    ['collector/src/ingest/accept.ts', `const share = Math.random()`],
    ['collector/src/ingest/accept.ts', `await fetch('http://127.0.0.1')`],
    ['collector/src/ingest/accept.ts', `import { readFile } from 'node:fs/promises'`],
    ['collector/src/ingest/accept.ts', `import { connect } from 'net'`],
    ['collector/src/ingest/steps/add-device.ts', `import createError from '@fastify/error'`],
  ])('catches, in %s: %s', (path, text) => {
    expect(checkEdges([{ path, text }]).map(({ at }) => at)).toEqual([`${path}:1`])
  })

  test('catches a clock in a file that ingest stands on, and says where', () => {
    const found = checkEdges([
      { path: 'collector/src/ingest/accept.ts', text: `import { stamp } from '../stamp.ts'` },
      { path: 'collector/src/stamp.ts', text: `\nexport const stamp = () => Date.now()` },
    ])
    expect(found).toEqual([
      { at: 'collector/src/stamp.ts:2', what: expect.stringContaining('Date.now: ingest stands on') },
    ])
  })

  test.each([
    ['packages/tracker/src/a.ts', `import { BATCH_BYTES_MAX } from '@offertrail/contract/limits'`],
    ['packages/tracker/src/a.ts', `import type { Batch } from '@offertrail/contract'`],
    ['packages/tracker/src/a.ts', `// import { z } from 'zod'\nconst text = "import { z } from 'zod'"`],
    ['collector/src/app.ts', `import { openEngine } from '@offertrail/clickhouse'`],
    ['collector/src/write/sink.ts', `import { createClient } from '@clickhouse/client'`],
    ['collector/src/read/kpis.ts', `import { createClient } from '@clickhouse/client'`],
    [
      'collector/src/write/writer.ts',
      `import { openSpool } from '../spool/index.ts'\nimport type { Spool } from '../spool/spool.ts'`,
    ],
    ['collector/src/routes/api/events.ts', `import { accept } from '../../ingest/accept.ts'`],
    ['collector/src/config.ts', `export const port = process.env.PORT`],
    ['collector/src/cli/sql.ts', `export const url = process.env.CLICKHOUSE_URL`],
    ['collector/src/ingest/accept.ts', `import { createHash } from 'node:crypto'\nconst at = new Date(0)`],
    ['collector/src/ingest/accept.ts', `import type { Config } from '../config.ts'`],
    ['collector/src/ingest/accept.test.ts', `const now = Date.now()`],
    ['packages/tracker/src/testing/site.ts', `import { startCollector } from '@offertrail/collector'`],
    ['packages/e2e/src/a.ts', `import { createClient } from '@clickhouse/client'\nimport '@offertrail/demo'`],
  ])('lets pass, in %s: %s', (path, text) => {
    const config = { path: 'collector/src/config.ts', text: 'export const now = Date.now()' }
    expect(checkEdges(path === config.path ? [{ path, text }] : [{ path, text }, config])).toEqual([])
  })
})

function sourcesIn(folder: string): SourceFile[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: file.slice(root.length).replaceAll('\\', '/'), text: readFileSync(file, 'utf8') }))
}
