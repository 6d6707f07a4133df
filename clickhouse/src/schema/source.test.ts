import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCatalog } from './catalog.ts'
import { readSchema } from './source.ts'

let root: string
const TABLE = '-- title: Visits\n-- definition: One row a visit.\n'
const KPI = '-- title: Visits by day\n-- unit: count\n-- definition: Visits.\n-- grain: date\n'

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'offertrail-schema-'))
})

afterEach(() => rm(root, { recursive: true, force: true }))

describe('the catalogue', () => {
  it('has what each file says of itself and makes', async () => {
    await write({
      'tables/visits.sql': `${TABLE}CREATE TABLE visits (n UInt8) ENGINE = MergeTree ORDER BY n;`,
      'kpis/visits_daily.sql':
        '-- title: Visits by day\n-- unit: count\n-- definition: Visits: all of them,\n--   and each once; over {{days}} days\n-- Prose of no key.\n-- grain: date\n\nCREATE VIEW visits_daily AS SELECT count() FROM visits',
    })
    const [table, kpi] = readCatalog(root, { days: '30' })
    expect(table).toMatchObject({ file: 'tables/visits.sql', kind: 'table', name: 'visits', title: 'Visits', unit: '' })
    expect(kpi).toEqual({
      file: 'kpis/visits_daily.sql',
      kind: 'kpi',
      name: 'visits_daily',
      title: 'Visits by day',
      unit: 'count',
      definition: 'Visits: all of them, and each once; over 30 days',
      grain: 'date',
      header: expect.objectContaining({ title: 'Visits by day' }),
      objects: [{ name: 'visits_daily', kind: 'view' }],
      statements: [
        "CREATE VIEW visits_daily AS SELECT count() FROM visits\nCOMMENT 'Visits by day. Visits: all of them, and each once; over 30 days'",
      ],
    })
    expect(readCatalog(root)[1]?.definition).toContain('{{days}}')
  })

  it("keeps a comment that is there, and the columns' comments apart from it", async () => {
    await write({
      'tables/a.sql': `${TABLE}CREATE TABLE a (n UInt8 COMMENT 'x') ENGINE = MergeTree ORDER BY n COMMENT 'own'`,
      'tables/b.sql': `${TABLE}CREATE TABLE b (n UInt8 COMMENT 'x') ENGINE = MergeTree ORDER BY n`,
      'tables/c.sql': `${TABLE}CREATE TABLE c (n UInt8) ENGINE = MergeTree ORDER BY n COMMENT {{comment}}`,
    })
    const [a, b, c] = readSchema(root, {}).map(({ objects }) => objects[0]?.statement)
    expect(a).toMatch(/COMMENT 'own'$/)
    expect(b).toMatch(/ORDER BY n\nCOMMENT 'Visits\. One row a visit\.'$/)
    expect(c).toMatch(/ORDER BY n COMMENT 'Visits\. One row a visit\.'$/)
  })
})

describe('placeholders', () => {
  it('stand for settings and fragments, which may use them in turn, and not in comments', async () => {
    await write({
      'tables/_engine.sql': '-- title: a fragment\nENGINE = MergeTree -- why\nORDER BY n TTL d + INTERVAL {{days}} DAY',
      'tables/a.sql': `${TABLE}-- {{nobody}} knows\nCREATE TABLE a (n UInt8, d Date DEFAULT {start:Date}) {{engine}} COMMENT '{{ days }}'`,
    })
    expect(readSchema(root, { days: '30' })[0]?.objects[0]?.statement).toBe(
      "CREATE TABLE a (n UInt8, d Date DEFAULT {start:Date}) ENGINE = MergeTree \nORDER BY n TTL d + INTERVAL 30 DAY COMMENT '30'",
    )
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['{{unknown}}', {}, /tables\/a\.sql: nothing is known for the placeholder \{\{unknown\}\}/],
    ['{{toString}}', {}, /tables\/a\.sql: nothing/],
    ['{{loop}}', {}, /loop -> loop/],
    ['{{two}}', {}, /_two\.sql: a fragment is a part/],
    ['{{days}}', { days: "1'; DROP" }, /may not stand in SQL/],
    ['{{days}}', { days: '1 -- ' }, /may not stand in SQL/],
  ])('%s with %j is an error that says where', async (text, vars, message) => {
    await write({
      'tables/_loop.sql': '{{loop}}',
      'tables/_two.sql': 'a; b',
      'tables/a.sql': `${TABLE}CREATE TABLE a (n UInt8) ENGINE = MergeTree ORDER BY n ${text}`,
    })
    expect(() => readSchema(root, vars)).toThrow(message)
  })
})

describe('the files', () => {
  const view = (name: string, needs = ''): string =>
    `${KPI}${needs && `-- needs: ${needs}\n`}CREATE VIEW ${name} AS SELECT 1 AS one`

  it('come tables first, by name, but after what they need', async () => {
    await write({
      'kpis/a.sql': view('a', 'c, b'),
      'kpis/b.sql': view('b'),
      'kpis/c.sql': view('c', 'b'),
      'tables/z.sql': `${TABLE}CREATE VIEW z AS SELECT 1`,
      'tables/y.sql': `${TABLE}-- needs: z\nCREATE VIEW y AS SELECT 1`,
    })
    expect(readSchema(root, {}).map(({ name }) => name)).toEqual(['z', 'y', 'b', 'c', 'a'])
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['a circle', { 'kpis/a.sql': view('a', 'b'), 'kpis/b.sql': view('b', 'a') }, /a needs b needs a/],
    ['a need nobody meets', { 'kpis/a.sql': view('a', 'gone') }, /kpis\/a\.sql: it needs gone/],
    ['a header without its keys', { 'kpis/a.sql': '-- title: A\nCREATE VIEW a AS SELECT 1' }, /"-- unit: \.\.\."/],
    ['no statement', { 'kpis/a.sql': `${KPI};` }, /no statement/],
    ['another statement', { 'kpis/a.sql': `${KPI}INSERT INTO a VALUES (1)` }, /go into migrations/],
    ['a database', { 'kpis/a.sql': `${KPI}CREATE VIEW offertrail.a AS SELECT 1` }, /names a database/],
    ['no target', { 'kpis/a.sql': `${KPI}CREATE MATERIALIZED VIEW a ENGINE = Memory AS SELECT 1` }, /needs a target/],
    ['a twin', { 'kpis/a.sql': view('a'), 'tables/b.sql': `${TABLE}CREATE VIEW a AS SELECT 1` }, /object a is in/],
    [
      'a twin file',
      { 'kpis/a.sql': view('a'), 'tables/a.sql': `${TABLE}CREATE VIEW b AS SELECT 1` },
      /file named a is in/,
    ],
  ])('with %s are refused', async (_what, files, message) => {
    await write(files)
    expect(() => readSchema(root, {})).toThrow(message)
  })
})

async function write(files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
}
