import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestEngine, type TestEngine } from '../testing.ts'
import { READER_SETTINGS } from './reader-settings.ts'

let test: TestEngine

beforeAll(async () => {
  test = await startTestEngine({ bounds: { readerSecondsMax: 2, readerResultRowsMax: 1_000 } })
  const client = test.engine.client()
  await client.command({ query: 'CREATE TABLE visits (n UInt64) ENGINE = MergeTree ORDER BY n' })
  await client.command({ query: 'INSERT INTO visits SELECT number FROM numbers(10)' })
  await client.command({
    query: 'CREATE VIEW visits_view AS SELECT n FROM visits SETTINGS max_threads = 1, use_uncompressed_cache = 0',
  })
  await client.command({ query: 'CREATE VIEW visits_over AS SELECT n FROM visits WHERE n > {least:UInt64}' })
  await client.command({ query: 'CREATE DATABASE private ENGINE = Atomic' })
  await client.command({ query: 'CREATE TABLE private.letters (n UInt64) ENGINE = MergeTree ORDER BY n' })
})

afterAll(() => test.stop())

describe('the reader', () => {
  it('reads tables, views and parameterized views of the database', async () => {
    expect(await read('SELECT sum(n) FROM visits')).toMatchObject({ status: 200, text: '45\n' })
    expect(await read('SELECT count() FROM visits_view')).toMatchObject({ status: 200, text: '10\n' })
    expect(await read('SELECT n FROM visits_over(least = 8)')).toMatchObject({ status: 200, text: '9\n' })
  })

  it.each(['databases', 'tables', 'columns', 'functions', 'settings', 'data_type_families', 'one'])(
    'reads system.%s, and what it describes there is only what the reader may read',
    async (table) => {
      expect((await read(`SELECT count() FROM system.${table}`)).status).toBe(200)
      expect((await read(`SELECT * FROM system.${table} FORMAT JSONEachRow`)).text).not.toContain('letters')
    },
  )

  it.each([
    'SELECT * FROM private.letters',
    'SELECT * FROM system.users',
    'SELECT * FROM system.processes',
    'SELECT * FROM system.parts',
    'SELECT * FROM information_schema.tables',
    "SELECT * FROM merge('private', '.*')",
    'INSERT INTO visits VALUES (1)',
    'CREATE TABLE mine (n UInt8) ENGINE = Memory',
    'CREATE TEMPORARY TABLE mine (n UInt8)',
    'DROP TABLE visits',
    'TRUNCATE TABLE visits',
    'ALTER TABLE visits DELETE WHERE 1',
    'OPTIMIZE TABLE visits',
    'SYSTEM FLUSH LOGS',
    'KILL QUERY WHERE 1',
    'CREATE USER intruder',
    'GRANT SELECT ON *.* TO offertrail_reader',
    "BACKUP TABLE visits TO File('x')",
    "SELECT * FROM file('/etc/passwd', 'TSV', 'line String')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 'line String')",
    "SELECT * FROM remote('127.0.0.1', 'system.one')",
    "SELECT * FROM executable('x', 'TSV', 'line String')",
    "SELECT * FROM mysql('h', 'd', 't', 'u', 'p')",
    "SELECT * FROM sqlite('/x', 'y')",
    "SELECT * INTO OUTFILE '/tmp/out' FROM visits",
    'SELECT 1; SELECT 2',
  ])('is refused %s', async (statement) => {
    const { status, text } = await read(statement)
    expect(status).not.toBe(200)
    expect(text).toContain('DB::Exception')
  })

  it('leaves the table as it was after all that', async () => {
    expect((await read('SELECT count() FROM visits')).text).toBe('10\n')
  })

  it.each([
    'output_format_json_quote_64bit_integers=0',
    'max_execution_time=1',
    'session_timezone=Europe/Berlin',
    'max_threads=2',
  ])('may set %s', async (setting) => {
    expect((await read('SELECT 1', setting)).status).toBe(200)
  })

  it.each([
    'readonly=0',
    'readonly=2',
    'max_execution_time=0',
    'max_execution_time=100',
    'max_memory_usage=0',
    'max_rows_to_read=0',
    'max_result_rows=0',
    'max_result_bytes=0',
    'max_threads=1000',
    'max_concurrent_queries_for_user=0',
    'output_format_schema=x',
    'format_schema=x',
    'format_template_row=x',
    'compatibility=20.3',
    'dialect=kusto',
    'additional_table_filters={}&allow_experimental_kusto_dialect=1',
    'implicit_select=1',
    'profile=boot',
    'profile=default&max_execution_time=0',
  ])('may not set %s', async (setting) => {
    expect((await read('SELECT 1', setting)).status).not.toBe(200)
    const clause = setting
      .replaceAll('&', ', ')
      .replace(/=(\w+)/g, "='$1'")
      .replace('{}', "'{}'")
    expect((await read(`SELECT 1 SETTINGS ${clause}`)).status).not.toBe(200)
  })

  it('is stopped at its limits of time and rows', async () => {
    expect((await read('SELECT sleep(3)')).text).toContain('TIMEOUT_EXCEEDED')
    expect((await read('SELECT count() FROM numbers(1e12)')).text).toContain('TOO_MANY_ROWS')
    expect((await read('SELECT number FROM numbers(5000)')).text).toContain('TOO_MANY_ROWS_OR_BYTES')
  })

  it('has a list of settings that this engine knows, none of which names a file', async () => {
    const answer = await test.engine
      .client()
      .query({ query: 'SELECT name FROM system.settings', format: 'JSONEachRow' })
    const known = (await answer.json<{ name: string }>()).map(({ name }) => name)
    expect(READER_SETTINGS.filter((name) => !known.includes(name))).toEqual([])
    expect(READER_SETTINGS.filter((name) => /schema|template|path|file|secret/.test(name))).toEqual([])
  })
})

async function read(statement: string, settings = ''): Promise<{ status: number; text: string }> {
  const reader = test.engine.reader()
  if (!reader) throw new Error('an embedded engine has a reader')
  const answer = await fetch(`${reader.url}/?database=offertrail&wait_end_of_query=1&${settings}`, {
    method: 'POST',
    body: statement,
    headers: { 'X-ClickHouse-User': reader.username, 'X-ClickHouse-Key': reader.password },
  })
  return { status: answer.status, text: await answer.text() }
}
