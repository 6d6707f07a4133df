import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { ClickHouseSettings } from '@clickhouse/client'
import type { Engine } from '@offertrail/clickhouse'
import type { Row } from './batch.ts'

/** Where batches go. The writer knows ClickHouse only through this. */
export interface Sink {
  /** Identity of the engine's process: while it stays the same, a repeated token is recognised. */
  incarnation(): Promise<string>
  /** Identity of the database: another one has never seen what this collector stored. */
  databaseId(): Promise<string>
  /** Of these ids, those stored by other batches within the days an id counts once, with their content hash. */
  knownIds(eventIds: readonly string[], exceptBatch: string): Promise<Map<string, string>>
  /** Stores rows as one block. The same token again, while the incarnation stays, stores nothing. */
  insert(table: string, rows: readonly Row[], token: string): Promise<void>
  countRows(table: string, batchId: string): Promise<number>
  deleteRows(table: string, batchId: string): Promise<void>
  /** Parses rows as an insert would and stores nothing; rejects as the insert would. */
  probe(table: string, rows: readonly Row[]): Promise<void>
  /** Resolves when what was inserted survives a power cut. */
  sync(): Promise<void>
}

/** Rows of one block: larger than any batch, so that a batch is one part of each partition it touches. */
const BLOCK_ROWS = '1048576'
/** Ids asked for in one query, 32 digits each: ClickHouse bounds a parameter by `http_max_field_value_size`, 128 KiB. */
const IDS_PER_QUERY = 4_000

/**
 * Every setting that exactly-once rests on is said out loud: https://clickhouse.com/docs/guides/developer/deduplicating-inserts-on-retries
 */
const insertSettings = {
  async_insert: 0,
  wait_end_of_query: 1,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  max_insert_block_size: BLOCK_ROWS,
  min_insert_block_size_rows: BLOCK_ROWS,
  min_insert_block_size_bytes: '0',
  input_format_parallel_parsing: 0,
  input_format_skip_unknown_fields: 0,
  input_format_null_as_default: 0,
  // What is stored is what was sent, to the last digit, whatever the server's own defaults are.
  precise_float_parsing: 1,
  // The other format takes what is no time for one.
  date_time_input_format: 'best_effort',
  // Server keys may send history back to 2000 in one batch: hundreds of months.
  max_partitions_per_insert_block: '0',
} as const

/**
 * The ClickHouse sink.
 * @param dataDir folder of an embedded engine, synced before a checkpoint; undefined: the server's durability is its own
 */
export function createClickHouseSink(engine: Engine, dataDir?: string): Sink {
  const select = async <T>(query: string, query_params: Record<string, unknown>): Promise<T[]> => {
    const answer = await engine.client().query({ query, query_params, format: 'JSONEachRow' })
    return await answer.json<T>()
  }
  return {
    incarnation: () => engine.incarnation(),
    async databaseId() {
      const [row] = await select<{ uuid: string }>('SELECT uuid FROM system.databases WHERE name = {database:String}', {
        database: engine.database,
      })
      return row?.uuid ?? ''
    },
    async knownIds(eventIds, exceptBatch) {
      const known = new Map<string, string>()
      for (let start = 0; start < eventIds.length; start += IDS_PER_QUERY) {
        const ids = eventIds.slice(start, start + IDS_PER_QUERY)
        const rows = await select<{ digits_found: string; content_hash: string }>(knownIdsQuery, {
          digits: ids.join('').replaceAll('-', ''),
          count: ids.length,
          batch: exceptBatch,
        })
        for (const { digits_found, content_hash } of rows)
          known.set(dashed(digits_found), BigInt(content_hash).toString(16).padStart(16, '0'))
      }
      return known
    },
    async insert(table, rows, token) {
      const summary = await insertBytes(engine, table, rows, { ...insertSettings, insert_deduplication_token: token })
      // A 200 without ClickHouse's own summary is somebody else's answer: a proxy's page, say.
      if (summary?.written_rows === undefined)
        throw new Error(`sink: the answer to an insert into ${table} has no summary; is CLICKHOUSE_URL ClickHouse?`)
    },
    async countRows(table, batchId) {
      const [row] = await select<{ rows: string }>(
        'SELECT count() AS rows FROM {table:Identifier} WHERE batch = {batch:UInt64}',
        { table, batch: batchId },
      )
      return Number(row?.rows ?? 0)
    },
    async deleteRows(table, batchId) {
      await engine.client().command({
        query: 'ALTER TABLE {table:Identifier} DELETE WHERE batch = {batch:UInt64}',
        query_params: { table, batch: batchId },
        clickhouse_settings: { mutations_sync: '2' },
      })
    },
    async probe(table, rows) {
      // Our own names of tables, so they may stand in the statement: AS takes no parameter.
      const twin = `probe_${table}`
      await engine.client().command({ query: `CREATE OR REPLACE TABLE ${twin} AS ${table} ENGINE = Null` })
      try {
        await insertBytes(engine, twin, rows, insertSettings)
      } finally {
        await engine.client().command({ query: 'DROP TABLE IF EXISTS {twin:Identifier} SYNC', query_params: { twin } })
      }
    },
    sync: () => (dataDir === undefined ? Promise.resolve() : syncFileSystem(dataDir)),
  }
}

/** An id as a number, of 32 hex digits each, as event_ids holds it. */
const knownIdsQuery = `
WITH {digits:String} AS digits
SELECT
    leftPad(lower(hex(event_id)), 32, '0') AS digits_found,
    toString(content_hash) AS content_hash
FROM event_ids
WHERE event_id IN (SELECT reinterpretAsUInt128(reverse(unhex(substring(digits, 1 + 32 * number, 32)))) FROM numbers({count:UInt64}))
    AND batch != {batch:UInt64}`

function dashed(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Sends rows as the bytes they are: through objects, the client would parse and print each again. */
async function insertBytes(
  engine: Engine,
  table: string,
  rows: readonly Row[],
  clickhouse_settings: ClickHouseSettings,
) {
  const { stream, summary } = await engine.client().exec({
    query: 'INSERT INTO {table:Identifier} FORMAT JSONEachRow',
    query_params: { table },
    // A new stream each time: one that was read once would send nothing the second time.
    values: Readable.from([Buffer.from(`${rows.map(({ json }) => json).join('\n')}\n`, 'utf8')], { objectMode: false }),
    clickhouse_settings,
  })
  // The answer has no body, but its connection is free only when it was read.
  await finished(stream.resume())
  return summary
}

/** syncfs(2) through coreutils: one call for all files of the engine, 2 ms at the median. */
function syncFileSystem(dir: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sync', ['-f', dir], { stdio: 'ignore' })
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`sink: sync -f ${dir} ended with ${code}`)),
    )
  })
}
