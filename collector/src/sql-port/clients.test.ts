import { once } from 'node:events'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { type ClickHouseClient, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSqlPort } from './sql-port.ts'
import { ask, send, startTestSqlPort, type TestSqlPort } from './testing.ts'

let test: TestSqlPort
let client: ClickHouseClient

beforeAll(async () => {
  test = await startTestSqlPort({
    bounds: {
      readerResultRowsMax: 2_000_000,
      readerResultBytesMax: 4_000_000_000,
      readerRowsReadMax: 10_000_000_000_000,
    },
  })
  client = createClient({ url: test.url })
  const admin = test.engine.client()
  await admin.command({ query: 'CREATE TABLE offertrail.t (id UInt64, name String) ENGINE = MergeTree ORDER BY id' })
  await admin.command({ query: "INSERT INTO offertrail.t SELECT number, concat('n', number) FROM numbers(10)" })
})

afterAll(async () => {
  await client.close()
  await test.stop()
})

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

describe('the answer', () => {
  it('has the engine’s headers: format, summary, query id, time zone', async () => {
    const { headers, body } = await ask(test.url, 'SELECT 1 AS x', {
      query_id: 'my-statement',
      default_format: 'JSONEachRow',
    })
    expect(body).toBe('{"x":1}\n')
    expect(headers).toMatchObject({
      'x-clickhouse-query-id': 'my-statement',
      'x-clickhouse-format': 'JSONEachRow',
      'x-clickhouse-timezone': 'UTC',
      'content-type': 'application/x-ndjson; charset=UTF-8',
    })
    expect(JSON.parse(String(headers['x-clickhouse-summary']))).toHaveProperty('read_rows')
  })

  it('is in the format of the header or of the statement', async () => {
    const asked = await send(test.url, { body: 'SELECT 1 AS x', headers: { 'X-ClickHouse-Format': 'CSVWithNames' } })
    expect(asked.body).toBe('"x"\n1\n')
    expect((await ask(test.url, 'SELECT 1 AS x FORMAT JSONCompactEachRow')).body).toBe('[1]\n')
  })

  it('is compressed when the client asks', async () => {
    const outgoing = request(`${test.url}/?enable_http_compression=1&query=SELECT+1`, {
      headers: { 'Accept-Encoding': 'gzip' },
      agent: false,
    })
    outgoing.end()
    const [answer] = await once(outgoing, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk)
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(Buffer.concat(chunks)).toString()).toBe('1\n')
  })

  it('to an error late in the answer is no whole answer', async () => {
    const asked = ask(
      test.url,
      "SELECT throwIf(number = 1500000, 'late') FROM numbers(2000000) SETTINGS max_threads = 1",
    )
    const answer = await asked.catch((error: NodeJS.ErrnoException) => error.code)
    // Either cut off, or with ClickHouse's own mark of an exception amid the body.
    if (typeof answer === 'object') expect(answer.body).toContain('__exception__')
    else expect(answer).toBe('ECONNRESET')
  })

  it('of any size takes the memory of a few chunks: the engine waits for a slow reader, and stops when it goes', async () => {
    const outgoing = request(`${test.url}/?query_id=slow-reader`, { method: 'POST', agent: false })
    outgoing.on('error', () => undefined) // We go away ourselves.
    outgoing.end("SELECT repeat('x', 1000) FROM numbers(1000000) FORMAT TSV")
    const [answer] = await once(outgoing, 'response')
    answer.pause()
    await until(async () => (await running('slow-reader')) === 1)
    // A gigabyte is on its way; it must not come to rest in this process.
    for (let look = 0; look < 10; look += 1) {
      await sleep(50)
      expect(process.memoryUsage().arrayBuffers).toBeLessThan(64_000_000)
    }
    expect(await running('slow-reader')).toBe(1)
    answer.destroy()
    await until(async () => (await running('slow-reader')) === 0)
  })
})

describe('@clickhouse/client', () => {
  it('queries, in JSON and with parameters', async () => {
    const result = await client.query({
      query: 'SELECT id, name FROM t WHERE id >= {least:UInt64} AND name IN {names:Array(String)} ORDER BY id',
      query_params: { least: 8, names: ['n7', 'n8', 'n9'] },
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    })
    expect(await result.json()).toEqual([
      { id: 8, name: 'n8' },
      { id: 9, name: 'n9' },
    ])
    expect((await client.ping()).success).toBe(true)
    expect((await client.ping({ select: true })).success).toBe(true)
  })

  it('queries with parameters too long for an address', async () => {
    const result = await client.query({
      query: 'SELECT length({s:String}) AS n',
      query_params: { s: 'x'.repeat(100_000) },
      format: 'JSONEachRow',
      use_multipart_params_auto: true,
    })
    expect(await result.json()).toEqual([{ n: 100_000 }])
  })

  it('streams', async () => {
    const result = await client.query({ query: 'SELECT number FROM numbers(100000)', format: 'JSONEachRow' })
    let rows = 0
    for await (const chunk of result.stream()) rows += chunk.length
    expect(rows).toBe(100_000)
  })

  it('works with compression, a session and a database named', async () => {
    const other = createClient({
      url: test.url,
      database: 'offertrail',
      username: 'default',
      password: '',
      session_id: 's2',
      compression: { request: true, response: true },
    })
    const result = await other.query({ query: 'SELECT count() AS n FROM t', format: 'JSON' })
    expect((await result.json()).data).toEqual([{ n: 10 }])
    await other.close()
  })

  it('reads errors with their code', async () => {
    await expect(client.query({ query: "SELECT file('x')" })).rejects.toMatchObject({
      code: '497',
      type: 'ACCESS_DENIED',
    })
    await expect(client.query({ query: 'SELEC 1' })).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' })
    await expect(client.command({ query: 'DROP TABLE t' })).rejects.toMatchObject({ code: '164' })
    await expect(client.insert({ table: 't', values: [{ id: 1 }], format: 'JSONEachRow' })).rejects.toMatchObject({
      code: '164',
    })
  })

  it('cancels: the statement is gone from the engine', async () => {
    const abort = new AbortController()
    const asked = client.query({
      query: 'SELECT max(sipHash64(number)) FROM numbers(1000000000000)',
      query_id: 'to-cancel',
      abort_signal: abort.signal,
    })
    const refused = expect(asked).rejects.toThrow(/abort/iu)
    await until(async () => (await running('to-cancel')) === 1)
    abort.abort()
    await refused
    await until(async () => (await running('to-cancel')) === 0)
  })
})

describe('drivers', () => {
  it('of Grafana (clickhouse-go) get what they ask at the start', async () => {
    const search =
      'database=default&default_format=Native&client_protocol_version=54460&enable_http_compression=1&limit=1000&max_execution_time=65'
    const headers = { Authorization: basic('default', ''), 'Accept-Encoding': 'gzip', 'User-Agent': 'clickhouse-go/2' }
    const answer = await send(`${test.url}/?${search}`, {
      body: 'SELECT displayName(), version(), revision(), timezone()',
      headers,
    })
    expect([answer.status, answer.headers['x-clickhouse-format'], answer.headers['content-encoding']]).toEqual([
      200,
      'Native',
      'gzip',
    ])
  })

  it('of DBeaver (clickhouse-java) get what they ask at the start', async () => {
    const headers = {
      'X-ClickHouse-Format': 'RowBinaryWithNamesAndTypes',
      'X-ClickHouse-Database': 'default',
      'X-ClickHouse-User': 'default',
      'X-ClickHouse-Key': '',
    }
    for (const sql of [
      'SELECT currentUser() AS user, timezone() AS timezone, version() AS version LIMIT 1',
      "SELECT * FROM system.databases WHERE name LIKE '%'",
      "SELECT database AS TABLE_SCHEM, name AS TABLE_NAME, engine, comment FROM system.tables WHERE database ILIKE '%'",
      "SELECT database, table, name, type, position, default_kind, comment FROM system.columns WHERE database = 'offertrail'",
      'SELECT name, case_insensitive, alias_to FROM system.data_type_families',
      'SELECT name, value, readonly FROM system.settings',
    ]) {
      const search = 'compress=1&max_result_rows=200&result_overflow_mode=break'
      const answer = await send(`${test.url}/?${search}`, { headers, body: sql })
      expect([answer.status, answer.headers['x-clickhouse-format'], answer.code], `${sql}: ${answer.body}`).toEqual([
        200,
        'RowBinaryWithNamesAndTypes',
        0,
      ])
    }
  })
})

describe('the port', () => {
  it('answers 503 while the engine is down, and goes on after its restart', async () => {
    const restarted = test.engine.restart('a test')
    await until(async () => test.engine.state !== 'up')
    const away = await ask(test.url, 'SELECT 1')
    expect([away.status, away.code, away.headers['retry-after']]).toEqual([503, 210, '1'])
    expect((await send(`${test.url}/ping`)).status).toBe(503)
    await restarted
    expect((await ask(test.url, 'SELECT count() FROM t')).body).toBe('10\n')
  })

  it('tells which setting to change when the port is taken', async () => {
    const started = startSqlPort({
      engine: test.engine,
      host: '127.0.0.1',
      port: test.port.port,
      log: { error: () => undefined },
    })
    await expect(started).rejects.toThrow(/in use.*CLICKHOUSE_HTTP_PORT/u)
  })

  it('bounds the statements under way', async () => {
    const small = await startSqlPort({
      engine: test.engine,
      host: '127.0.0.1',
      port: 0,
      log: { error: () => undefined },
      limits: { statementsMax: 1 },
    })
    const url = `http://127.0.0.1:${small.port}`
    const long = ask(url, 'SELECT max(sipHash64(number)) FROM numbers(1000000000000)', { query_id: 'long' }).catch(
      () => 'cut off',
    )
    await until(async () => (await running('long')) === 1)
    expect(await ask(url, 'SELECT 1')).toMatchObject({ code: 202, status: 503 })
    await small.close()
    expect(await long).toBe('cut off')
    await until(async () => (await running('long')) === 0)
  })

  it('logged nothing unforeseen', () => {
    expect(test.logged).toEqual([])
  })
})

async function running(queryId: string): Promise<number> {
  const result = await test.engine.client().query({
    query: 'SELECT toUInt32(count()) AS n FROM system.processes WHERE query_id = {id:String}',
    query_params: { id: queryId },
    format: 'JSONEachRow',
  })
  return (await result.json<{ n: number }>())[0]?.n ?? 0
}

/** Waits for something that must come to pass; the test's own timeout is the limit. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10)
}
