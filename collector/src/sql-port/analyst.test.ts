import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, startTestSqlPort, type TestSqlPort } from './testing.ts'

let test: TestSqlPort

beforeAll(async () => {
  test = await startTestSqlPort()
  const admin = test.engine.client()
  for (const query of [
    `CREATE TABLE visits (user_id String, at DateTime, page LowCardinality(String), seconds UInt32, properties JSON)
     ENGINE = MergeTree ORDER BY (user_id, at)`,
    `INSERT INTO visits VALUES
       ('ada', '2025-01-01 10:00:00', 'search', 10, '{"query":"node","n":1}'),
       ('ada', '2025-01-01 10:05:00', 'job', 30, '{"job":{"id":7}}'),
       ('ada', '2025-01-02 09:00:00', 'apply', 60, '{}'),
       ('bob', '2025-01-01 11:00:00', 'search', 20, '{"query":"file (x)"}')`,
    'CREATE VIEW visits_of AS SELECT page, seconds FROM visits WHERE user_id = {user:String} ORDER BY at',
    'CREATE FUNCTION minutes AS (s) -> s / 60',
  ]) {
    await admin.command({ query })
  }
})

afterAll(() => test.stop())

const HARMLESS: [sql: string, answer: string][] = [
  ['SELECT count() FROM visits', '4'],
  ['select COUNT(*), Count(distinct user_id) from offertrail.visits', '4\t2'],
  ['FROM visits SELECT sum(seconds)', '120'],
  ['SELECT user_id, count() AS n FROM visits GROUP BY user_id ORDER BY n DESC LIMIT 1', 'ada\t3'],
  // Window functions.
  [
    'SELECT page, row_number() OVER (PARTITION BY user_id ORDER BY at) AS n FROM visits ORDER BY user_id, n LIMIT 1',
    'search\t1',
  ],
  [
    "SELECT lagInFrame(page, 1, '-') OVER w FROM visits WINDOW w AS (PARTITION BY user_id ORDER BY at) ORDER BY user_id, at LIMIT 1",
    '-',
  ],
  [
    'SELECT rank() OVER (ORDER BY sum(seconds) DESC) AS r, user_id FROM visits GROUP BY user_id ORDER BY r',
    '1\tada\n2\tbob',
  ],
  // JSON, strings, dates, types.
  ["SELECT JSONExtractString('{\"a\":\"b\"}', 'a'), JSON_VALUE('{\"a\":1}', '$.a')", 'b\t1'],
  ['SELECT properties.query::String, properties.job.id.:Int64 FROM visits ORDER BY at LIMIT 1', 'node\t\\N'],
  ["SELECT count() FROM visits WHERE properties.query = 'file (x)'", '1'],
  ["SELECT 'file', 'file(1)', 'SELECT file(1)', 'url'", 'file\tfile(1)\tSELECT file(1)\turl'],
  [
    "SELECT toStartOfHour(at), dateDiff('minute', min(at), max(at)) FROM visits WHERE user_id = 'ada' AND page != 'apply' GROUP BY 1",
    '2025-01-01 10:00:00\t5',
  ],
  ['SELECT toDate(max(at)) - INTERVAL 1 DAY, EXTRACT(YEAR FROM max(at)) FROM visits', '2025-01-01\t2025'],
  [
    "SELECT CAST('1' AS UInt8), '2'::UInt8, CASE WHEN 1 = 1 THEN 'a' ELSE 'b' END, if(0, 1, 2), NULL IS NULL",
    '1\t2\ta\t2\t1',
  ],
  [
    "SELECT CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END, 3 BETWEEN 1 AND 5, 'x' LIKE '%x%', NOT 1, -seconds FROM visits LIMIT 1",
    'b\t1\t1\t0\t-10',
  ],
  [
    "SELECT splitByChar(',', 'a,b')[2], substring('abc', 2), trim(BOTH ' ' FROM ' a '), format('{}-{}', 'a', 'b'), concat('a', 'b')",
    'b\tbc\ta\ta-b\tab',
  ],
  [
    "SELECT domain('https://example.com/a'), path('https://example.com/a'), cityHash64('a') > 0, toTypeName(1)",
    'example.com\t/a\t1\tUInt8',
  ],
  ["SELECT (1, 'a').2, [1, 2, 3][-1], map('k', 1)['k'], tuple(1).1", 'a\t3\t1\t1'],
  ['SELECT 1 IN (1, 2), (1, 2) IN ((1, 2)), 1 IN (SELECT 1), 2 NOT IN (SELECT 1), EXISTS (SELECT 1)', '1\t1\t1\t1\t1'],
  // Quantiles and other aggregates, combinators, states.
  [
    'SELECT quantile(0.5)(seconds), quantiles(0.5, 1)(seconds), quantileExact(0.5)(seconds), median(seconds) FROM visits',
    '25\t[25,60]\t30\t25',
  ],
  [
    "SELECT countIf(page = 'search'), sumIf(seconds, page = 'job'), uniqExact(user_id), avg(seconds) FROM visits",
    '2\t30\t2\t30',
  ],
  [
    "SELECT count() FILTER (WHERE page = 'search'), argMax(page, at), groupUniqArray(user_id) = [] FROM visits",
    '2\tapply\t0',
  ],
  ['SELECT uniqExactMerge(s) FROM (SELECT uniqExactState(user_id) AS s FROM visits)', '2'],
  [
    'SELECT sumForEach([1, 2]), sumMap([1], [2]), avgOrNull(seconds), uniqCombined64(user_id) FROM visits',
    '[4,8]\t([1],[8])\t30\t2',
  ],
  ['SELECT bitmapCardinality(groupBitmapState(seconds)) FROM visits', '4'],
  // Arrays and lambdas.
  [
    'SELECT arrayMap(x -> x * 2, [1, 2]), arrayFilter((x, y) -> x > y, [1, 2], [2, 1]), arraySum([1, 2])',
    '[2,4]\t[2]\t3',
  ],
  ["SELECT arrayMap(upper, ['a'])", "['A']"],
  ['SELECT arrayJoin([1, 2]) AS x ORDER BY x', '1\n2'],
  [
    "SELECT user_id, p FROM (SELECT user_id, groupArray(page) AS pages FROM visits GROUP BY user_id) ARRAY JOIN pages AS p WHERE user_id = 'bob'",
    'bob\tsearch',
  ],
  ['WITH x -> x + 1 AS plus_one SELECT plus_one(1)', '2'],
  ['SELECT minutes(120)', '2'],
  // Joins, CTEs, sets.
  ["SELECT count() FROM visits AS a JOIN visits AS b ON a.user_id = b.user_id AND a.page = 'search'", '4'],
  [
    "SELECT a.page FROM visits AS a ASOF JOIN (SELECT 'bob' AS user_id, toDateTime('2025-01-01 11:30:00') AS at) AS b ON a.user_id = b.user_id AND a.at <= b.at",
    'search',
  ],
  ["SELECT count() FROM visits LEFT ANTI JOIN (SELECT 'ada' AS user_id) AS x USING (user_id)", '1'],
  [
    "WITH firsts AS (SELECT user_id, min(at) AS first FROM visits GROUP BY user_id) SELECT count() FROM firsts WHERE first < '2025-01-01 10:30:00'",
    '1',
  ],
  ['WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT sum(i) FROM n', '6'],
  ['SELECT 1 UNION ALL SELECT 1', '1\n1'],
  ['SELECT 1 INTERSECT SELECT 1 EXCEPT SELECT 2', '1'],
  ['(SELECT 1)', '1'],
  ['SELECT count() FROM visits GROUP BY GROUPING SETS ((user_id), ()) ORDER BY 1', '1\n3\n4'],
  ['SELECT user_id, count() FROM visits GROUP BY user_id WITH ROLLUP ORDER BY 2', 'bob\t1\nada\t3\n\t4'],
  ['SELECT page, count() FROM visits GROUP BY ALL HAVING count() > 1', 'search\t2'],
  ['SELECT page FROM visits QUALIFY row_number() OVER (ORDER BY at DESC) = 1', 'apply'],
  ['SELECT * EXCEPT (at, properties) FROM visits ORDER BY at LIMIT 1', 'ada\tsearch\t10'],
  ['SELECT * EXCEPT (user_id, at, page, properties) APPLY(sum) FROM visits', '120'],
  ["SELECT COLUMNS('^sec') APPLY(quantile(0.5)) FROM visits", '25'],
  ['SELECT * REPLACE (upper(page) AS page) EXCEPT (at, properties) FROM visits ORDER BY at LIMIT 1', 'ada\tSEARCH\t10'],
  [
    "SELECT toDate(at) AS d, count() FROM visits GROUP BY d ORDER BY d WITH FILL FROM toDate('2025-01-01') TO toDate('2025-01-04')",
    '2025-01-01\t3\n2025-01-02\t1\n2025-01-03\t0',
  ],
  // Functions for funnels, retention and experiments.
  [
    "SELECT windowFunnel(86400)(at, page = 'search', page = 'job', page = 'apply') FROM visits WHERE user_id = 'ada'",
    '3',
  ],
  ["SELECT retention(toDate(at) = '2025-01-01', toDate(at) = '2025-01-02') FROM visits WHERE user_id = 'ada'", '[1,1]'],
  ["SELECT sequenceMatch('(?1).*(?2)')(at, page = 'search', page = 'apply') FROM visits WHERE user_id = 'ada'", '1'],
  [
    "SELECT round(tupleElement(proportionsZTest(toUInt64(10), toUInt64(11), toUInt64(100), toUInt64(101), 0.95, 'unpooled'), 1), 2)",
    '-0.21',
  ],
  ['SELECT length(toString(welchTTest(x, y))) > 0 FROM (SELECT number AS x, number % 2 AS y FROM numbers(10))', '1'],
  ['SELECT tupleElement(minSampleSizeConversion(0.2, 0.1, 0.8, 0.05), 1) > 0', '1'],
  // Table functions.
  ['SELECT sum(number) FROM numbers(4)', '6'],
  ['SELECT max(generate_series) FROM generate_series(1, 5)', '5'],
  ["SELECT a, b FROM values('a UInt8, b String', (1, 'x'))", '1\tx'],
  ['SELECT c1 FROM values(1, 2)', '1\n2'],
  ['SELECT c1 FROM (VALUES (1), (2))', '1\n2'],
  ['SELECT * FROM view(SELECT 1)', '1'],
  ["SELECT count() FROM merge(currentDatabase(), '^visits$')", '4'],
  ["SELECT page FROM visits_of(user = 'bob')", 'search'],
  // What clients ask of a server.
  ['SELECT timezone()', 'UTC'],
  ["SELECT currentDatabase(), currentUser() != '', version() LIKE '2%', hostName() != ''", 'offertrail\t1\t1\t1'],
  ["SELECT name FROM system.databases WHERE name = 'offertrail'", 'offertrail'],
  ["SELECT count() FROM system.columns WHERE database = 'offertrail' AND table = 'visits'", '5'],
  ['SELECT count() > 100 FROM system.functions', '1'],
  ["SELECT value FROM system.settings WHERE name = 'readonly'", '1'],
  ['SHOW TABLES', 'visits\nvisits_of'],
  ["SHOW TABLES FROM offertrail LIKE 'visits'", 'visits'],
  ["SHOW DATABASES LIKE 'offer%'", 'offertrail'],
  ['EXISTS TABLE visits', '1'],
  ['EXISTS offertrail.nothing', '0'],
  ['USE offertrail', ''],
  ['SELECT 1 -- a comment\n', '1'],
  ['/* a comment */ SELECT 1;', '1'],
  ["SELECT 'ж', `page` FROM visits LIMIT 1", 'ж\tsearch'],
  ["SELECT 'a''b', 'a\\'b', 'a\\\\b' FORMAT TSVRaw", "a'b\ta'b\ta\\b"],
  ['SELECT 1 SETTINGS max_threads = 1, output_format_json_quote_64bit_integers = 0 FORMAT CSV', '1'],
]

describe('what analysts and their tools ask', () => {
  it.each(HARMLESS)('%s', async (sql, expected) => {
    const answer = await ask(test.url, sql)
    expect(answer.body.replace(/\n$/u, '')).toBe(expected)
    expect(answer.status).toBe(200)
  })

  it.each([
    'DESCRIBE TABLE visits',
    'DESC (SELECT 1 AS x)',
    'SHOW CREATE TABLE visits',
    'SHOW COLUMNS FROM visits',
    "SHOW SETTINGS LIKE 'max_%'",
    "SHOW FUNCTIONS LIKE 'sum%'",
    'EXPLAIN SELECT count() FROM visits',
    "EXPLAIN indexes = 1 SELECT * FROM visits WHERE user_id = 'ada'",
    'EXPLAIN PIPELINE SELECT 1',
    'EXPLAIN SYNTAX SELECT 1',
    'EXPLAIN AST SELECT 1',
    'EXPLAIN QUERY TREE SELECT count() FROM visits',
    'EXPLAIN ESTIMATE SELECT * FROM visits',
  ])('%s', async (sql) => {
    const answer = await ask(test.url, sql)
    expect(answer.body).not.toBe('')
    expect(answer.status, answer.body).toBe(200)
  })

  it('answers a mistake with the engine’s own words and the position in the statement', async () => {
    const answer = await ask(test.url, 'SELECT 1 FRO visits')
    expect(answer.status).toBe(400)
    expect(answer.body).toMatch(/^Code: 62\. DB::Exception: Syntax error: failed at position 14 \(visits\)/u)
    expect(answer.body).not.toContain('formatQuery')
    expect((await ask(test.url, 'SELECT nothing FROM visits')).code).toBe(47)
    expect((await ask(test.url, 'SELECT 1 FROM nothing')).code).toBe(60)
  })
})
