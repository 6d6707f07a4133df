import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applySchema } from '@offertrail/clickhouse'
import { startTestEngine, type TestEngine } from '@offertrail/clickhouse/testing'
import { readConfig } from './config.ts'
import { countingIds } from './ingest/testing.ts'
import { createIntake, type Intake } from './intake/intake.ts'
import { schemaRoot, schemaVars } from './schema.ts'
import { openSpool, type Spool } from './spool/index.ts'
import type { Sink } from './write/sink.ts'
import { createWriter, type Writer, type WriterOptions } from './write/writer.ts'

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

/** A writer in a hurry: it waits for nothing between batches and says nothing. */
export function startTestWriter(spool: Spool, sink: Sink, options: Partial<WriterOptions> = {}): Writer {
  return createWriter({
    spool,
    sink,
    bootId: 'this boot',
    flushIntervalMs: 10,
    batchFramesMax: 100,
    batchBytesMax: 1e7,
    now: () => performance.now(),
    random: Math.random,
    log: silent,
    ...options,
  })
}

/** An intake that remembers no ids, so that every repetition reaches the writer. */
export function forgetfulIntake(spool: Spool): Intake {
  const recentIds = { get: () => undefined, set() {}, delete() {}, size: 0 }
  return createIntake({ spool, recentIds, tools: countingIds() })
}
