import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applySchema } from '@offertrail/clickhouse'
import { startTestEngine, type TestEngine } from '@offertrail/clickhouse/testing'
import { readConfig } from './config.ts'
import { schemaRoot, schemaVars } from './schema.ts'
import { openSpool, type Spool } from './spool/index.ts'

/** The real engine with all tables and KPIs, on a folder of its own. */
export async function startTestWarehouse(): Promise<TestEngine & { ask<T>(sql: string): Promise<T[]> }> {
  const test = await startTestEngine()
  await applySchema(test.engine, { root: schemaRoot, vars: schemaVars(readConfig({})) })
  return {
    ...test,
    async ask<T>(query: string) {
      const answer = await test.engine.client().query({
        query,
        format: 'JSONEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      })
      return await answer.json<T>()
    },
  }
}

/** A spool on a folder of its own, closed and removed by `remove`. */
export async function openTestSpool(): Promise<{ spool: Spool; dir: string; remove(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'offertrail-spool-'))
  const spool = await openSpool({ dir: join(dir, 'spool'), log: silent, segmentBytes: 1_048_576, reserveBytes: 65_536 })
  return {
    spool,
    dir,
    async remove() {
      await spool.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export const silent = { info() {}, warn() {}, error() {} }
