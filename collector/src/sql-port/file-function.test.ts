import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, send, startTestSqlPort, type TestSqlPort } from './testing.ts'

const SECRET = `secret-${randomUUID()}`
const file = join(tmpdir(), `offertrail-sql-port-${randomUUID()}.txt`)
let test: TestSqlPort

beforeAll(async () => {
  await writeFile(file, SECRET)
  test = await startTestSqlPort()
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
