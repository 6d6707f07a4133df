import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Engine } from '../engine/engine.ts'
import { startTestEngine, type TestEngine } from '../testing.ts'
import { type AppliedSchema, applySchema } from './apply.ts'
import { diffSchema } from './diff.ts'

let test: TestEngine
let engine: Engine
let root: string
let vars: Record<string, string>

const TABLE = '-- title: Visits\n-- definition: One row a visit.\n'
const KPI = '-- title: Visits by day\n-- unit: count\n-- definition: Visits.\n-- grain: date\n'
const COLUMNS = [
  "day Date COMMENT 'UTC day'",
  'name String CODEC(ZSTD(1))',
  "n UInt32 DEFAULT 1 COMMENT 'it''s; (one)'",
]
const STORAGE =
  'ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (day, name) TTL day + INTERVAL {{days}} DAY SETTINGS non_replicated_deduplication_window = 10'
const visits = (columns: string[] = COLUMNS, storage = STORAGE): string =>
  `${TABLE}CREATE TABLE visits (${columns.join(',\n')}) ${storage};`
const SUMS = `${KPI}CREATE TABLE sums (day Date, n SimpleAggregateFunction(sum, UInt64)) ENGINE = AggregatingMergeTree ORDER BY day;`
const sums = (select: string): string =>
  `${SUMS} CREATE MATERIALIZED VIEW sums_view TO sums AS SELECT day, ${select} AS n FROM visits GROUP BY day;`
const FILES = {
  'tables/visits.sql': visits(),
  'kpis/sums.sql': sums('sum(visits.n)'),
  'kpis/visits_daily.sql': `${KPI}-- needs: sums\nCREATE VIEW visits_daily AS SELECT day, sum(s.n) AS visits FROM sums AS s GROUP BY day;
    CREATE VIEW visits_since AS SELECT day FROM visits WHERE day >= {start:Date} SETTINGS max_threads = 1;`,
}
const NAMES = ['visits', 'sums', 'sums_view', 'visits_daily', 'visits_since']

beforeAll(async () => {
  test = await startTestEngine()
  engine = test.engine
})

afterAll(() => test.stop())

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'offertrail-schema-'))
  vars = { days: '3650' }
  await run('DROP DATABASE offertrail SYNC')
  await run('CREATE DATABASE offertrail ENGINE = Atomic')
  await write(FILES)
})

afterEach(() => rm(root, { recursive: true, force: true }))

describe('applySchema', () => {
  it('makes a table that stores nothing anew when it changed, with the views that read it', async () => {
    const passing = (type: string) => `${TABLE}CREATE TABLE passing (n ${type}) ENGINE = Null;
      CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n;
      CREATE MATERIALIZED VIEW kept_view TO kept AS SELECT toUInt32(n) AS n FROM passing;`
    await write({ 'tables/passing.sql': passing('UInt8') })
    await apply()
    await run('INSERT INTO passing VALUES (1)')
    await write({ 'tables/passing.sql': passing('String') })
    expect(await apply()).toMatchObject({ replaced: ['passing'], created: ['kept_view'] })
    await run("INSERT INTO passing VALUES ('2')")
    expect(await rows('SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }])
    expect(await diffSchema(engine, { root, vars })).toEqual([])
  })

  it('makes what the files say, and finds nothing to do after that', async () => {
    expect(await apply()).toEqual({ created: NAMES, replaced: [], unchanged: [], dropped: [], migrated: [] })
    await run("INSERT INTO visits (day, name) VALUES ('2026-03-01', 'a'), ('2026-03-01', 'b')")
    // Two rows of n = 1 on the one day.
    expect(await rows('SELECT day, visits FROM visits_daily')).toEqual([{ day: '2026-03-01', visits: 2 }])
    expect(await apply()).toMatchObject({ created: [], replaced: [], unchanged: NAMES })
    await engine.restart('to see that it is all on disk')
    expect(await apply()).toMatchObject({ created: [], replaced: [], unchanged: NAMES })
    expect(await diff()).toEqual([])
  })

  it('writes the definition onto the view', async () => {
    await apply()
    expect(
      await rows("SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = 'visits_daily'"),
    ).toEqual([{ comment: 'Visits by day. Visits.' }])
  })

  it('replaces a view that changed, and no other', async () => {
    await apply()
    await write({
      'kpis/visits_daily.sql': FILES['kpis/visits_daily.sql'].replace('AS visits FROM', '* 10 AS visits FROM'),
    })
    expect(await apply()).toMatchObject({
      replaced: ['visits_daily'],
      unchanged: ['visits', 'sums', 'sums_view', 'visits_since'],
    })
    await run("INSERT INTO visits (day, name) VALUES ('2026-03-01', 'a')")
    expect(await rows('SELECT visits FROM visits_daily')).toEqual([{ visits: 10 }])
    expect(await diff()).toEqual([])
  })

  it('replaces a materialized view that changed; what it wrote before stays', async () => {
    await apply()
    await run("INSERT INTO visits (day, name) VALUES ('2026-03-01', 'a')")
    await write({ 'kpis/sums.sql': sums('sum(visits.n) * 100') })
    expect(await apply()).toMatchObject({ replaced: ['sums_view'] })
    await run("INSERT INTO visits (day, name) VALUES ('2026-03-01', 'b')")
    // 1 by the old one, 100 by the new one.
    expect(await rows('SELECT visits FROM visits_daily')).toEqual([{ visits: 101 }])
    expect(await diff()).toEqual([])
  })

  it('drops a view whose file is gone, but never a table', async () => {
    await apply()
    await rm(join(root, 'kpis'), { recursive: true })
    expect(await apply()).toMatchObject({
      dropped: expect.arrayContaining(['sums_view', 'visits_daily', 'visits_since']),
    })
    expect(
      await rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND NOT startsWith(name, 'schema_') ORDER BY name",
      ),
    ).toEqual([{ name: 'sums' }, { name: 'visits' }])
    expect(await apply()).toMatchObject({ dropped: [], unchanged: ['visits'] })
  })

  it('adds columns and indexes, and changes comments, codecs, settings and TTL, with the rows kept', async () => {
    await apply()
    await run("INSERT INTO visits (day, name) VALUES ('2026-03-01', 'a')")
    vars = { days: '4000' }
    await write({
      'tables/visits.sql': visits(
        [
          "first UInt8 DEFAULT 7 COMMENT 'new, at the front'",
          'day Date',
          "name String COMMENT 'now with a word; and (more), TTL'",
          "n UInt32 DEFAULT 1 COMMENT 'it''s; (one)' CODEC(T64, ZSTD(3))",
          'last Array(String) DEFAULT [name]',
          'INDEX by_n n TYPE minmax GRANULARITY 1',
        ],
        `${STORAGE}, ttl_only_drop_parts = 1 COMMENT 'own'`,
      ),
    })
    expect(await apply()).toMatchObject({ created: [], replaced: ['visits'] })
    expect(await rows('SELECT first, day, name, n, last FROM visits')).toEqual([
      { first: 7, day: '2026-03-01', name: 'a', n: 1, last: ['a'] },
    ])
    expect(await diff()).toEqual([])

    vars = { days: '3650' }
    await write({ 'tables/visits.sql': visits([...COLUMNS, 'first UInt8', 'last Array(String)']) })
    await expect(apply(), 'an index is not taken away in place').rejects.toThrow(/visits.*the column first/)
  })

  it('adds, changes and takes away projections, of the rows that are there as well', async () => {
    const withProjection = (aggregate: string) =>
      visits(
        [...COLUMNS, `PROJECTION by_day (SELECT day, ${aggregate} GROUP BY day)`],
        `${STORAGE}, lightweight_mutation_projection_mode = 'rebuild'`,
      )
    const total = 'SELECT day, sum(n) AS total, max(n) AS most FROM visits GROUP BY day'
    const partsWithIt = async () => {
      const [mutations] = await rows('SELECT count() AS n FROM system.mutations WHERE NOT is_done')
      expect(mutations).toEqual({ n: 0 })
      return await rows(
        "SELECT name, count() AS parts FROM system.projection_parts WHERE active AND table = 'visits' GROUP BY name",
      )
    }
    await apply()
    await run("INSERT INTO visits (day, name, n) VALUES ('2026-03-01', 'a', 2), ('2026-03-01', 'b', 5)")

    await write({ 'tables/visits.sql': withProjection('sum(n)') })
    expect(await apply()).toMatchObject({ replaced: ['visits'] })
    await vi.waitFor(async () => expect(await partsWithIt()).toEqual([{ name: 'by_day', parts: 1 }]), 20_000)
    expect(await diff()).toEqual([])

    await write({ 'tables/visits.sql': withProjection('sum(n), max(n)') })
    expect(await apply()).toMatchObject({ replaced: ['visits'] })
    await vi.waitFor(async () => expect(await partsWithIt()).toEqual([{ name: 'by_day', parts: 1 }]), 20_000)
    expect(await diff()).toEqual([])
    expect(await rows(`${total} SETTINGS force_optimize_projection = 1`)).toEqual([
      { day: '2026-03-01', total: 7, most: 5 },
    ])
    await run("DELETE FROM visits WHERE name = 'b'")
    expect(await rows(`${total} SETTINGS force_optimize_projection = 1`)).toEqual([
      { day: '2026-03-01', total: 2, most: 2 },
    ])

    await write({ 'tables/visits.sql': visits() })
    expect(await apply()).toMatchObject({ replaced: ['visits'] })
    expect(await partsWithIt()).toEqual([])
    expect(await rows(total)).toEqual([{ day: '2026-03-01', total: 2, most: 2 }])
    expect(await diff()).toEqual([])
  })

  it.each<[string, string, RegExp]>([
    [
      'another type',
      visits(['day Date', 'name String', 'n UInt64 DEFAULT 1']),
      /column n is .*UInt32.* should be .*UInt64/,
    ],
    [
      'another default',
      visits(['day Date', 'name String', 'n UInt32 DEFAULT 2']),
      /column n is .*DEFAULT 1.* should be .*DEFAULT 2/,
    ],
    ['a column less', visits(['day Date', 'name String']), /the column n is no longer in the file/],
    ['another order', visits(['name String', ...COLUMNS.filter((column) => !column.startsWith('name'))]), /should be/],
    [
      'another sorting key',
      visits(COLUMNS, STORAGE.replace('(day, name)', '(name, day)')),
      /ORDER BY \(day, name\).* should be .*ORDER BY \(name, day\)/,
    ],
    ['another engine', visits(COLUMNS, STORAGE.replace('MergeTree', 'ReplacingMergeTree')), /ReplacingMergeTree/],
    ['a view instead', `${TABLE}CREATE VIEW visits AS SELECT 1 AS day`, /is a table and should be a view/],
  ])(
    'refuses %s, says what it is and that it takes a migration, and leaves the table alone',
    async (_what, file, message) => {
      await apply()
      const before = await rows('SHOW CREATE TABLE visits')
      await write({ 'tables/visits.sql': file })
      await expect(apply()).rejects.toThrow(message)
      await expect(apply()).rejects.toThrow(/tables\/visits\.sql: .*visits.*migrations\/NNNN-title\.sql/s)
      expect(await rows('SHOW CREATE TABLE visits')).toEqual(before)
      expect(await rows("SELECT name FROM system.databases WHERE name LIKE '%scratch%'")).toEqual([])
    },
  )

  it('needs its bookkeeping for speed only', async () => {
    await apply()
    await run("INSERT INTO visits (day, name) VALUES ('2026-03-01', 'a')")
    await run('DROP TABLE schema_objects SYNC')
    expect(await apply()).toMatchObject({
      created: [],
      unchanged: ['visits', 'sums'],
      replaced: ['sums_view', 'visits_daily', 'visits_since'],
    })
    expect(await rows('SELECT visits FROM visits_daily')).toEqual([{ visits: 1 }])
    expect(await apply()).toMatchObject({ unchanged: NAMES })
  })

  it('makes again what somebody dropped', async () => {
    await apply()
    await run('DROP VIEW visits_daily')
    expect(await apply()).toMatchObject({ created: ['visits_daily'], replaced: [] })
  })

  it('names the file and the place of a mistake, and goes on from there when it is mended', async () => {
    await write({ 'kpis/visits_daily.sql': `${KPI}CREATE VIEW visits_daily AS SELECT day FROM FROM visits` })
    await expect(apply()).rejects.toThrow(/kpis\/visits_daily\.sql: visits_daily: .*FROM FROM visits/s)
    await write({ 'kpis/visits_daily.sql': `${KPI}CREATE VIEW visits_daily AS SELECT * FROM nowhere` })
    await expect(apply()).rejects.toThrow(/-- needs:/)
    await write(FILES)
    expect(await apply()).toMatchObject({
      created: ['visits_daily', 'visits_since'],
      unchanged: ['visits', 'sums', 'sums_view'],
    })
  })

  it('drops what a crash left of a comparison', async () => {
    await run('CREATE DATABASE offertrail__scratch_0123 ENGINE = Atomic')
    await apply()
    expect(await rows("SELECT name FROM system.databases WHERE name LIKE '%scratch%'")).toEqual([])
  })
})

describe('migrations', () => {
  it('are not run on a fresh database, which is made as it should be', async () => {
    await write({ 'migrations/0001-nothing-to-do.sql': 'ALTER TABLE visits DROP COLUMN never_there' })
    expect(await apply()).toMatchObject({ migrated: [] })
    expect(await apply()).toMatchObject({ migrated: [] })
  })

  it('run once, in order, before tables are compared', async () => {
    await apply()
    await write({
      'tables/visits.sql': visits(['day Date', 'name String', 'n UInt64 DEFAULT 1']),
      'migrations/0002-second.sql':
        "-- Both; at once.\nALTER TABLE visits COMMENT COLUMN n ''; ALTER TABLE visits COMMENT COLUMN day '';",
      'migrations/0001-wider.sql': 'ALTER TABLE visits MODIFY COLUMN n UInt64 DEFAULT 1',
    })
    expect((await diff()).map(({ name, difference }) => `${difference} ${name}`)).toEqual([
      'changed visits',
      'missing migrations/0001-wider.sql',
      'missing migrations/0002-second.sql',
    ])
    expect(await apply()).toMatchObject({ migrated: ['migrations/0001-wider.sql', 'migrations/0002-second.sql'] })
    expect(await diff()).toEqual([])
    expect(await apply()).toMatchObject({ migrated: [] })
  })

  it('go on where they failed', async () => {
    await apply()
    const good = "INSERT INTO visits (day, name) VALUES ('2026-03-01', 'once')"
    await write({ 'migrations/0001-half.sql': `${good}; INSERT INTO nowhere VALUES (1)` })
    await expect(apply()).rejects.toThrow(/migrations\/0001-half\.sql: ClickHouse refuses its statement 2 of 2/)
    await write({ 'migrations/0001-half.sql': `${good}; ${good.replace('once', 'too')}` })
    expect(await apply()).toMatchObject({ migrated: ['migrations/0001-half.sql'] })
    expect(await rows('SELECT name FROM visits ORDER BY name')).toEqual([{ name: 'once' }, { name: 'too' }])
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['edited after it ran', { 'migrations/0001-first.sql': 'SELECT 2' }, /0001-first\.sql: it was edited after it ran/],
    ['with a number twice', { 'migrations/0001-other.sql': 'SELECT 2' }, /number is taken/],
    ['with a wrong name', { 'migrations/first.sql': 'SELECT 2' }, /NNNN-title\.sql/],
    ['without a statement', { 'migrations/0002-empty.sql': '-- nothing' }, /no statement/],
  ])('%s are refused', async (_what, files, message) => {
    await write({ 'migrations/0001-first.sql': 'SELECT 1' })
    await apply()
    await write(files)
    await expect(apply()).rejects.toThrow(message)
  })
})

describe('diffSchema', () => {
  it('names what is missing, extra and changed, and changes nothing', async () => {
    await apply()
    await run('DROP VIEW visits_daily')
    await run('CREATE VIEW stray AS SELECT 1 AS one')
    await run('ALTER TABLE visits ADD COLUMN sneaked_in UInt8')
    await run('CREATE OR REPLACE VIEW visits_since AS SELECT day FROM visits WHERE day > {start:Date}')
    const found = await diff()
    expect(found.map(({ name, kind, difference, file }) => ({ name, kind, difference, file }))).toEqual([
      { name: 'visits', kind: 'table', difference: 'changed', file: 'tables/visits.sql' },
      { name: 'visits_daily', kind: 'view', difference: 'missing', file: 'kpis/visits_daily.sql' },
      { name: 'visits_since', kind: 'view', difference: 'changed', file: 'kpis/visits_daily.sql' },
      { name: 'stray', kind: 'view', difference: 'extra', file: undefined },
    ])
    expect(found[0]?.actual).toContain('sneaked_in')
    expect(found[0]?.wanted).toMatch(/^CREATE TABLE offertrail\.visits /)
    expect(found[0]?.wanted).not.toContain('sneaked_in')
    expect(await diff()).toEqual(found)
    expect(await rows("SELECT name FROM system.databases WHERE name LIKE '%scratch%'")).toEqual([])
  })
})

function apply(): Promise<AppliedSchema> {
  return applySchema(engine, { root, vars })
}

function diff(): ReturnType<typeof diffSchema> {
  return diffSchema(engine, { root, vars })
}

async function run(query: string): Promise<void> {
  // The database itself comes and goes between tests.
  const client = engine.client({ database: query.includes('DATABASE') ? 'system' : 'offertrail' })
  await client.command({ query })
  await client.close()
}

async function rows(query: string): Promise<unknown[]> {
  return await (await engine.client().query({ query, format: 'JSONEachRow' })).json()
}

async function write(files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
}
