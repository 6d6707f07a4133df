import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, send, startTestSqlPort, type TestSqlPort } from './testing.ts'

let test: TestSqlPort

beforeAll(async () => {
  test = await startTestSqlPort({
    bounds: {
      readerSecondsMax: 2,
      readerMemoryBytesMax: 200_000_000,
      readerRowsReadMax: 50_000_000,
      readerResultRowsMax: 100_000,
    },
  })
  const admin = test.engine.client()
  await admin.command({ query: 'CREATE TABLE offertrail.t (id UInt64, name String) ENGINE = MergeTree ORDER BY id' })
  await admin.command({ query: "INSERT INTO offertrail.t VALUES (1, 'x')" })
  // Everything below would be refused just as well by a port that refuses everything.
  expect((await ask(test.url, 'SELECT name FROM t')).body).toBe('x\n')
})

afterAll(() => test.stop())

const REFUSED: [sql: string, parameters?: Record<string, string>][] = [
  // Network and files through table functions.
  ["SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a String')"],
  ["SELECT * FROM URL('http://127.0.0.1:1/', CSV, 'a String')"],
  ["SELECT * FROM file('/etc/passwd', LineAsString)"],
  ["SELECT * FROM s3('http://127.0.0.1:1/x', 'CSV')"],
  ["SELECT * FROM gcs('http://127.0.0.1:1/x', 'CSV')"],
  ["SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', 'CSV', 'a String')"],
  ["SELECT * FROM azureBlobStorage('http://127.0.0.1:1', 'a', 'b')"],
  ["SELECT * FROM iceberg('http://127.0.0.1:1/x')"],
  ["SELECT * FROM remote('127.0.0.1:1', system.one)"],
  ["SELECT * FROM remoteSecure('127.0.0.1:1', system.one)"],
  ["SELECT * FROM cluster('default', system.one)"],
  ["SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')"],
  ["SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')"],
  ["SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'e String')"],
  ["SELECT * FROM redis('127.0.0.1:1', 'k', 'k String')"],
  ["SELECT * FROM sqlite('/etc/passwd', 'x')"],
  ["SELECT * FROM jdbc('jdbc:x', 'y')"],
  ["SELECT * FROM odbc('DSN=x', 'y')"],
  ["SELECT * FROM executable('cat /etc/passwd', TSV, 'a String')"],
  ["SELECT * FROM input('a String')"],
  ["SELECT * FROM filesystem('/etc')"],
  ["SELECT * FROM dictionary('x')"],
  ['SELECT * FROM default.`/etc/passwd`'],
  ['SELECT * FROM `/etc/passwd`', { database: 'default' }],
  ['DESCRIBE default.`/etc/passwd`'],
  ['EXISTS default.`/etc/passwd`'],
  ["SELECT * FROM merge('system', '^(users|processes)$')"],
  ["DESCRIBE url('http://127.0.0.1:1/', CSV)"],
  // Functions that tell of the machine, the configuration or this port's own password.
  ["SELECT getServerSetting('path')"],
  ["SELECT getMacro('x')"],
  ["SELECT getClientHTTPHeader('X-ClickHouse-Key')", { allow_get_client_http_header: '1' }],
  ["SELECT getClientHTTPHeader('X-ClickHouse-Key') SETTINGS allow_get_client_http_header = 1"],
  ['SELECT filesystemAvailable()'],
  ['SELECT showCertificate()'],
  ["SELECT catboostEvaluate('/etc/passwd', 1)"],
  ["SELECT aiGenerate('x')"],
  ['SELECT addressToLine(1)', { allow_introspection_functions: '1' }],
  // System tables beyond those that describe the database.
  ...[
    'users',
    'processes',
    'query_log',
    'grants',
    'server_settings',
    'named_collections',
    'clusters',
    'disks',
    'parts',
    'query_cache',
    'settings_profiles',
    'quotas',
    'user_directories',
    'session_log',
    'zookeeper',
    'stack_trace',
    'merges',
    'macros',
  ].map((name): [string] => [`SELECT * FROM system.${name}`]),
  ['SELECT * FROM information_schema.tables'],
  ['SHOW PROCESSLIST'],
  ['SHOW CREATE USER default'],
  ['SHOW USERS'],
  ['SHOW GRANTS'],
  ['SHOW ACCESS'],
  ['SHOW CLUSTERS'],
  // Writes and administration.
  ["INSERT INTO t VALUES (2, 'x')"],
  ["INSERT INTO t SELECT 2, 'x'"],
  ["INSERT INTO FUNCTION file('/tmp/offertrail-out.csv', CSV, 'a Int8') SELECT 1"],
  ['INSERT INTO t FORMAT JSONEachRow {"id":2}'],
  ['CREATE TABLE u (a Int8) ENGINE = Memory'],
  ['CREATE TEMPORARY TABLE u (a Int8)', { session_id: 'hostile' }],
  ['CREATE FUNCTION f AS x -> file(x)'],
  ['CREATE DATABASE d'],
  ['CREATE USER u'],
  ['CREATE VIEW v AS SELECT 1'],
  ['DROP TABLE t'],
  ['TRUNCATE TABLE t'],
  ['ALTER TABLE t DELETE WHERE 1'],
  ['DELETE FROM t WHERE 1'],
  ["UPDATE t SET name = '' WHERE 1"],
  ['RENAME TABLE t TO u'],
  ['OPTIMIZE TABLE t FINAL'],
  ['SYSTEM SHUTDOWN'],
  ['SYSTEM RELOAD CONFIG'],
  ['KILL QUERY WHERE 1'],
  ['GRANT ALL ON *.* TO default'],
  ['SET ROLE ALL'],
  ['EXECUTE AS offertrail_admin SELECT 1'],
  ["BACKUP TABLE t TO File('x')"],
  ['BEGIN TRANSACTION'],
  ['CHECK TABLE t'],
  ['EXPLAIN AST INSERT INTO t SELECT 1'],
  ["EXPLAIN TABLE OVERRIDE mysql('127.0.0.1:1', 'a', 'b', 'c', 'd') PARTITION BY x"],
  ["SELECT 1 INTO OUTFILE '/tmp/offertrail-out.csv'"],
  ["SELECT 1 INTO OUTFILE '/tmp/offertrail-out.csv' TRUNCATE FORMAT CSV"],
  ['SELECT 1 PARALLEL WITH SELECT 2'],
  ['SELECT 1; SELECT 2'],
  ['SELECT 1; DROP TABLE t'],
  // Settings.
  ['SET readonly = 0'],
  ['SELECT 1 SETTINGS readonly = 0'],
  ['SELECT 1', { readonly: '0' }],
  ['SELECT 1 SETTINGS max_execution_time = 0'],
  ['SELECT 1 SETTINGS max_execution_time = 100000'],
  ['SELECT 1', { max_memory_usage: '0' }],
  ['SELECT 1', { max_rows_to_read: '0' }],
  ['SELECT 1', { max_result_rows: '0' }],
  ["SELECT 1 SETTINGS profile = 'default'"],
  ['SELECT 1', { profile: 'default' }],
  ['SELECT 1', { role: 'admin' }],
  ["SELECT 1 SETTINGS dialect = 'kusto'"],
  ["SELECT 1 SETTINGS format_schema = '/etc/passwd:x'"],
  ['SELECT 1', { format_template_row: '/etc/passwd' }],
  ['SELECT 1', { add_http_cors_header: '1' }],
  ['SELECT 1', { http_response_headers: "{'Access-Control-Allow-Origin':'*'}" }],
  ["SELECT 1 SETTINGS max_threads = 1, compatibility = '21.1'"],
  ['SELECT 1', { no_such_setting: '1' }],
  // Not a statement.
  [''],
  ['\0SELECT 1'],
  ['no such statement'],
  ['graph = 1 SELECT 1'],
  ['SELECT noSuchFunction(1)'],
  ["SELECT 'open"],
]

describe('statements that reach beyond the data', () => {
  it.each(REFUSED)('%s is refused in the form of ClickHouse', async (sql, parameters = {}) => {
    const answer = await ask(test.url, sql, parameters)
    expect(answer.body).toMatch(/^Code: \d+\. DB::Exception: [\s\S]+\([A-Z_]+\)/u)
    expect(answer.code).toBe(Number(/\d+/u.exec(answer.body)?.[0]))
    expect(answer.status).toBeGreaterThanOrEqual(400)
  })

  it('leaves the data as it was', async () => {
    const answer = await ask(
      test.url,
      'SELECT count(), (SELECT count() FROM system.tables WHERE database = currentDatabase()) FROM t',
    )
    expect(answer.body).toBe('1\t1\n')
  })

  it('says nothing of the engine behind the port: its user and password', async () => {
    const reader = test.engine.reader()
    const answer = await ask(test.url, 'SELECT * FROM system.settings FORMAT JSONEachRow')
    expect(answer.status).toBe(200)
    expect(answer.body).not.toContain(reader?.password)
  })
})

describe('runaway statements', () => {
  it('are ended by time', async () => {
    const answer = await ask(test.url, 'SELECT sleep(3)')
    expect(answer.body).toContain('Code: 159')
  })

  it('are ended by memory', async () => {
    const answer = await ask(test.url, 'SELECT length(groupArray(number)) FROM numbers(49000000)')
    expect(answer.body).toContain('Code: 241')
  })

  it('are ended by rows read', async () => {
    const answer = await ask(test.url, 'SELECT max(number) FROM numbers(1000000000)')
    expect(answer.body).toContain('Code: 158')
  })

  it('are ended by rows answered', async () => {
    const answer = await ask(test.url, 'SELECT number FROM numbers(1000000)', { wait_end_of_query: '1' })
    expect(answer.body).toContain('Code: 396')
  })
})

describe('what is no request of a client', () => {
  it('ends at the port, and the engine lives on', async () => {
    const before = await test.engine.incarnation()
    const pieces = [
      Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 37) % 256)),
      Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'),
      Buffer.from('GET / HTTP/9.9\r\n\r\n'),
      Buffer.from('SELECT 1\r\n\r\n'),
      Buffer.from('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nSELECT'),
      Buffer.from('POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
      Buffer.from(
        'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\nTransfer-Encoding: chunked\r\n\r\nSELECT 1',
      ),
      Buffer.from('GET /?query=SELECT+sleep(1) HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      Buffer.from(`GET /?query=${'x'.repeat(300_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
      Buffer.from('CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      Buffer.alloc(0),
    ]
    for (const piece of pieces) for (const way of ['end', 'destroy'] as const) await sendRaw(test.port.port, piece, way)
    expect((await ask(test.url, 'SELECT 1')).body).toBe('1\n')
    expect(await test.engine.incarnation()).toBe(before)
    expect(test.logged).toEqual([])
  })

  it('of a web page is refused, by its origin and by its host name', async () => {
    for (const headers of [
      { Origin: 'https://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { Host: 'evil.example' },
    ]) {
      const answer = await send(`${test.url}/?query=SELECT+1`, { headers })
      expect([answer.status, answer.code]).toEqual([403, 497])
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  it('is refused when it is too large, as sent and as inflated', async () => {
    const large = `SELECT '${'x'.repeat(2_000_000)}'`
    expect((await ask(test.url, large)).status).toBe(413)
    const packed = await send(test.url, { headers: { 'Content-Encoding': 'gzip' }, body: gzipSync(large) })
    expect(packed.status).toBe(413)
  })
})

/** Sends bytes, waits for an answer or the other side's end for a moment, and goes. */
function sendRaw(port: number, bytes: Buffer, way: 'end' | 'destroy'): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes, () => {
        if (way === 'destroy') setImmediate(() => socket.destroy())
        else socket.end()
      })
    })
    socket.resume()
    // The port closes what it cannot read; how, is its business.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
  })
}
