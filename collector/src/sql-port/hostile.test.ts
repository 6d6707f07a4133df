import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, send, startTestSqlPort, type TestSqlPort } from './testing.ts'

const SECRET = `secret-${randomUUID()}`
const file = join(tmpdir(), `offertrail-sql-port-${randomUUID()}.txt`)
let test: TestSqlPort

beforeAll(async () => {
  await writeFile(file, SECRET)
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
  await admin.command({ query: `INSERT INTO offertrail.t VALUES (1, '${file}')` })
  // Everything below would be refused just as well by a port that refuses everything.
  expect((await ask(test.url, 'SELECT upper(name) != lower(name) FROM t')).body).toBe('1\n')
})

afterAll(async () => {
  await test.stop()
  await rm(file, { force: true })
})

/** The file's path where a statement says PATH: in the form of a ClickHouse string. */
const fill = (sql: string): string => sql.replaceAll('PATH', `'${file}'`).replaceAll('ESCAPED', `\\'${file}\\'`)

// Each of these would show the file's content, or part of it, if the engine alone had to stop it.
const DISGUISES: [what: string, sql: string, parameters?: Record<string, string>][] = [
  ['plainly', 'SELECT file(PATH)'],
  ['in upper case', 'SELECT FILE(PATH)'],
  ['in backquotes', 'SELECT `file`(PATH)'],
  ['in double quotes', 'SELECT "file"(PATH)'],
  ['with an escape in its name', 'SELECT `fil\\x65`(PATH)'],
  ['with a comment inside', 'SELECT file /* harmless */ (PATH)'],
  ['with a line comment inside', 'SELECT file -- harmless\n(PATH)'],
  ['with a hash comment inside', 'SELECT file #! harmless\n(PATH)'],
  ['behind a no-break space', 'SELECT\u00a0file\u00a0(PATH)'],
  ['in a lambda', 'SELECT arrayMap(x -> file(x), [PATH])'],
  ['as a name handed to arrayMap', 'SELECT arrayMap(file, [PATH])'],
  ['as a quoted name handed to arrayMap', 'SELECT arrayMap(`file`, [PATH])'],
  ['as a parameter handed to arrayMap', 'SELECT arrayMap({f:Identifier}, [PATH])', { param_f: 'file' }],
  ['as a quoted parameter', 'SELECT arrayMap({f:Identifier}, [PATH])', { param_f: '`file`' }],
  ['as a lambda with a name', 'WITH x -> file(x) AS f SELECT f(PATH)'],
  ['in a CTE', 'WITH a AS (SELECT file(PATH) AS x) SELECT x FROM a'],
  ['in a constant', 'WITH file(PATH) AS x SELECT x'],
  ['in a subquery', 'SELECT (SELECT file(PATH))'],
  ['in FROM', 'SELECT * FROM (SELECT file(PATH))'],
  ['in view()', 'SELECT * FROM view(SELECT file(PATH))'],
  ['in a union', 'SELECT 1 UNION ALL SELECT length(file(PATH))'],
  ['in EXCEPT', 'SELECT file(PATH) EXCEPT SELECT 1'],
  ['in WHERE', "SELECT 1 WHERE startsWith(file(PATH), 'secret')"],
  ['in ORDER BY', 'SELECT id FROM t ORDER BY file(name)'],
  ['in HAVING', "SELECT count() FROM t HAVING any(file(name)) != ''"],
  ['in QUALIFY', "SELECT id FROM t QUALIFY file(name) != ''"],
  ['in PREWHERE', "SELECT id FROM t PREWHERE file(name) != ''"],
  ['in ARRAY JOIN', 'SELECT x FROM t ARRAY JOIN [file(name)] AS x'],
  ['in a join', 'SELECT * FROM t JOIN (SELECT file(PATH) AS x) AS u ON u.x != t.name'],
  ['in a window', 'SELECT max(id) OVER (PARTITION BY file(name)) FROM t'],
  ['in LIMIT', 'SELECT 1 LIMIT length(file(PATH))'],
  ['in INTERPOLATE', 'SELECT id, name FROM t ORDER BY id WITH FILL INTERPOLATE (name AS file(name))'],
  ['in an aggregate', 'SELECT groupArray(file(name)) FROM t'],
  ['in an error', 'SELECT throwIf(1, file(PATH))'],
  ['in an IN list', "SELECT 'x' IN (file(PATH))"],
  ['by APPLY', 'SELECT t.* APPLY(file) FROM t'],
  ['by APPLY without brackets', 'SELECT * EXCEPT (id) APPLY file FROM t'],
  ['by APPLY with a lambda', "SELECT COLUMNS('name') APPLY(x -> file(x)) FROM t"],
  ['by REPLACE', 'SELECT * REPLACE (file(name) AS name) FROM t'],
  ['in an ALIAS column of values()', "SELECT a FROM values('b Int8, a String ALIAS file(ESCAPED)', (1))"],
  ['in an ALIAS column of null()', "SELECT a FROM null('b Int8, a String ALIAS file(ESCAPED)')"],
  [
    'in an ALIAS column of generateRandom()',
    "SELECT a FROM generateRandom('b Int8, a String ALIAS file(ESCAPED)') LIMIT 1",
  ],
  ['in a structure put together', "SELECT a FROM values(concat('b Int8, a String ALI', 'AS file(ESCAPED)'), (1))"],
  [
    'in a structure that is a parameter',
    'SELECT a FROM values({s:String}, (1))',
    { param_s: 'b Int8, a String ALIAS file(PATH)' },
  ],
  [
    'in a DEFAULT of format()',
    "SELECT * FROM format(JSONEachRow, 'a String DEFAULT file(ESCAPED), b Int8', '{\"b\":1}')",
  ],
  ['in a statement of eval()', "SELECT * FROM eval('SELECT file(ESCAPED)')"],
  ['in a setting that is an expression', "SELECT 1 SETTINGS additional_result_filter = 'throwIf(1, file(ESCAPED))'"],
  [
    'in such a setting of a subquery',
    "SELECT * FROM (SELECT 1 SETTINGS additional_result_filter = 'throwIf(1, file(ESCAPED))')",
  ],
  ['in such a setting of the request', 'SELECT 1', { additional_result_filter: 'throwIf(1, file(PATH))' }],
  ['in a filter of a table', "SELECT id FROM t SETTINGS additional_table_filters = {'t': 'throwIf(1, file(ESCAPED))'}"],
  ['in a filter of the request', 'SELECT id FROM t', { additional_table_filters: "{'t': 'throwIf(1, file(name))'}" }],
  ['in EXPLAIN', 'EXPLAIN SELECT file(PATH)'],
  ['in EXPLAIN SYNTAX', 'EXPLAIN SYNTAX run_query_tree_passes = 1 SELECT file(PATH)'],
  ['in EXPLAIN QUERY TREE', 'EXPLAIN QUERY TREE SELECT file(PATH)'],
  ['in a subquery that explains', 'SELECT * FROM (EXPLAIN QUERY TREE SELECT file(PATH))'],
  ['in DESCRIBE', 'DESCRIBE (SELECT file(PATH))'],
  ['in SHOW', 'SHOW TABLES WHERE throwIf(1, file(PATH))'],
  ['behind options of EXPLAIN AST', 'optimize = 1 SELECT (SELECT file(PATH))'],
  ['in another dialect', 'print file(PATH)', { dialect: 'kusto', allow_experimental_kusto_dialect: '1' }],
  ['as a default of a function', "SELECT ifNull(NULL, file(PATH)), coalesce(NULL, file(PATH, 'none'))"],
  ['in CASE', "SELECT CASE WHEN 1 THEN file(PATH) ELSE '' END"],
  ['in a cast', 'SELECT file(PATH)::String, CAST(file(PATH) AS String)'],
  ['in an array', 'SELECT [file(PATH)][1], (file(PATH), 1).1'],
  ['in a parameter of a view', 'SELECT * FROM some_view(x = file(PATH))'],
  ['in SET of a session', "SET additional_result_filter = 'throwIf(1, file(ESCAPED))'", { session_id: 'hostile' }],
]

describe('the function file()', () => {
  it.each(DISGUISES)('is not reached %s', async (_what, sql, parameters = {}) => {
    const bound = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, fill(value)]))
    const answer = await ask(test.url, fill(sql), bound)
    expect(answer.body).not.toContain(SECRET)
    expect([46, 62, 164, 497], answer.body).toContain(answer.code)
    expect(answer.body).toMatch(/^Code: \d+\. DB::Exception: /u)
  })

  it('would be reached by these disguises without the check, so the check is what stops it', async () => {
    const reader = test.engine.reader()
    if (!reader) throw new Error('an embedded engine has a reader')
    const headers = { 'X-ClickHouse-User': reader.username, 'X-ClickHouse-Key': reader.password }
    for (const sql of [
      'SELECT file(PATH)',
      'SELECT * EXCEPT (id) APPLY(file) FROM t',
      'SELECT arrayMap(file, [PATH])',
    ]) {
      const answer = await send(reader.url, { headers, body: fill(sql) })
      expect(answer.body, sql).toContain(SECRET)
    }
  })
})

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
    const { gzipSync } = await import('node:zlib')
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
