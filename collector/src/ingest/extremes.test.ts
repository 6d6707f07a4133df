import { columnKind, type EventDefinition, eventJsonSchema, events, eventTypes } from '@offertrail/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { LINES_FRAME } from '../intake/intake.ts'
import { startTestWarehouse } from '../testing.ts'
import { type Batch, batchId, cutBatch } from '../write/batch.ts'
import { findPoison } from '../write/poison.ts'
import { createClickHouseSink, type Sink } from '../write/sink.ts'
import { accept, encodeLines, eventLines, type Values } from './index.ts'
import { countingIds, fromServer } from './testing.ts'

// Every value that the contract allows must reach its column as it was sent: each field of each type is tried with all values of a
// pool that its schema takes, and with the bounds the schema names.

let warehouse: Awaited<ReturnType<typeof startTestWarehouse>>
let sink: Sink
beforeAll(async () => {
  warehouse = await startTestWarehouse()
  sink = createClickHouseSink(warehouse.engine)
})
afterAll(() => warehouse.stop())

const { newId } = countingIds()

describe.each(eventTypes)('%s', (type) => {
  it('stores every value its fields may have, as it was sent', async () => {
    const definition = events[type]
    const sent: Values[] = variants(definition).map((event) => ({ ...event, event_id: newId() }))
    const { accepted, rejected } = accept(sent, fromServer, { newId })
    expect(rejected).toEqual([])
    const batch = cut(accepted.flatMap(eventLines))
    // ClickHouse refuses nothing of it; if it does, this says what.
    expect(await findPoison(batch, sink.probe)).toEqual({})
    for (const [table, rows] of batch.tables) await sink.insert(table, rows, `${batch.id}-${table}`)

    const stored = await storedRows(definition)
    expect(stored.size).toBe(sent.length)
    for (const [index, event] of sent.entries()) {
      const found = stored.get(event.event_id) ?? {}
      const row = accepted[index]?.row ?? {}
      const wanted = Object.fromEntries(
        Object.entries(found).map(([column, value]) => [column, plain(row[column] ?? emptyLike(value))]),
      )
      for (const [field, schema] of Object.entries(definition.fields)) {
        if (event[field] === undefined || madeByUs.has(field)) continue
        wanted[field] = plain(columnValue(columnKind(schema), schema.parse(wellFormed(event[field]))))
      }
      expect(found).toEqual({ ...wanted, batch: found.batch })
    }
  })
})

it('answers every view over these values', async () => {
  const views = await warehouse.ask<{ name: string; text: string }>(
    "SELECT name, create_table_query AS text FROM system.tables WHERE database = currentDatabase() AND engine = 'View'",
  )
  expect(views.length).toBeGreaterThan(20)
  for (const { name, text } of views) {
    const parameters = text.includes('{start:Date}') ? "(start = '1970-01-02', end = '2149-01-01')" : ''
    await expect(warehouse.ask(`SELECT * FROM ${name}${parameters} LIMIT 1000`), name).resolves.toBeInstanceOf(Array)
  }
})

/** The sample with one field at a time at each of its extremes. */
function variants(definition: EventDefinition): Values[] {
  const shape = definition.schema.shape as Record<string, z.ZodType>
  const { properties } = eventJsonSchema(definition) as { properties: Record<string, object> }
  return Object.entries(shape).flatMap(([field, schema]) => {
    if (field === 'event_id' || field === 'type') return []
    return [...pool, ...bounds(properties[field] ?? {})]
      .filter((value) => value !== undefined && schema.safeParse(wellFormed(value)).success)
      .map((value) => ({ ...definition.sample, [field]: value }))
  })
}

/** Values at the bounds a JSON Schema names, of all its alternatives. */
function bounds(schema: {
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  enum?: unknown[]
  anyOf?: object[]
}): unknown[] {
  const { minimum, maximum, minLength = 1, maxLength, enum: values = [], anyOf = [] } = schema
  const texts = maxLength === undefined ? [] : ['x', '€', '\\', '"'].map((text) => text.repeat(maxLength))
  const long =
    maxLength === undefined
      ? []
      : ['😀'.repeat(maxLength / 2), `/${'é'.repeat(maxLength - 1)}`, '\u0001'.repeat(maxLength)]
  return [minimum, maximum, ...values, ...texts, ...long, 'y'.repeat(minLength), ...anyOf.flatMap(bounds)]
}

/** Tried wherever the schema takes them. */
const pool: unknown[] = [
  true,
  false,
  ...[0, -0, 1, -1, 3, 5, 10, 100, 255, 256, 599, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 2 ** 53 - 1],
  ...[1e9, 1e12, -1e12, 1e15, 1e21, 1e300, -1e300, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308],
  ...[0.1, 0.1 + 0.2, 1 / 3, 2 / 3, 4.35, 0.000_001, 1e-7, 99.999_999_999_999_99, 123_456_789.123_456_79],
  ...Array.from({ length: 10 }, (_, n) => ((n + 1) * 0.618_033_988_749_894_9) % 1),
  ...['', ' ', 'null NULL \\N true nan - 0 {} []', `'"\\`, '\t\r\n\b\f\u0001\u007f\u0085\u2028\u2029', '\ufeffx'],
  ...['a\0b', 'a\ud800b', '\udfff', 'ﷺ مرحبا e\u0301 👩‍👩‍👧‍👦', '; DROP TABLE x --', '<b>%s%n{{x}}', '_'.repeat(64)],
  ...['/', '/.//', '/..//x', '/\\', '/%00%ff', '/a?utm_source=a%00b&utm_term=%ff', 'https://jobs.example/ü?utm_id=ö'],
  ...['2000-01-01', '1900-01-02', '2298-12-31', '1970-01-01', '1969-12-31', '2024-02-29', '2106-02-07', '2149-06-07'],
  ...[
    '2000-01-01T00:00:00Z',
    '1999-12-31T23:30:00-01:00',
    '2026-01-01T00:30:00+01:00',
    '2025-12-31T23:30:00.999-12:00',
  ],
  ...['1900-01-02T00:00:00+23:59', '2298-12-31T23:59:59.999-23:59', '1969-12-31T23:59:59.999Z', '2026-11-23T09:00Z'],
  ...['1900-01-01T00:00:00Z', '2299-12-31T23:59:59.999Z', '1899-12-31T23:59:59.999Z', '2300-01-01T00:00:00Z'],
  ...[
    '0000-01-01T00:00:00Z',
    '0000-02-29T00:00:00+23:59',
    '9999-12-31T23:59:59.999-23:59',
    '2026-11-23T09:00:00.123456789Z',
  ],
  ...['00000000-0000-0000-0000-000000000001', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFE', 'USD', 'A'.repeat(16)],
  ...[
    {},
    [],
    [[]],
    { a: {} },
    [null, [[[['deep']]]]],
    { a: [1, 'x', null, true, -0.5, 1e300] },
    { a: 0.5, b: null, c: true },
  ],
  ...[{ 'k\0': 1, k: 2 }, { '\ud800': '\udfff' }, { 'a b"\\\n': '"\\\n' }, { toString: 1, constructor: 2, length: 3 }],
  ...[
    { x: 'y'.repeat(16_000) },
    { x: '"'.repeat(8_000) },
    { x: '€'.repeat(5_000) },
    { a: 2 ** 53 - 1, b: 5e-324, c: 1e308 },
  ],
  ...[{ analytics: true }, { analytics: false, personalization: true, experiments: false }, { consent: {} }],
  ...[
    { viewport: { width: 65_535, height: 0 } },
    { language: '', timezone: 'x'.repeat(64), tracker: { name: 'ñ', version: '' } },
  ],
  ...[{ consent: { analytics: true } }, { user_agent: `${'x'.repeat(63)}😀/1 ` }, { user_agent: '😀'.repeat(2_000) }],
  Object.fromEntries(Array.from({ length: 512 }, (_, n) => [`key ${n}`, n])),
]

/** Fields that are stored in another form on purpose; accept.test.ts says which. */
const madeByUs: ReadonlySet<string> = new Set(['file_name', 'file_type', 'entry_page', 'exit_page'])

function cut(lines: ReturnType<typeof eventLines>): Batch {
  seq += 1
  const frames = [{ seq, recvMs: 0, type: LINES_FRAME, payload: encodeLines(lines) }]
  return cutBatch(batchId(1, seq), frames, { known: {}, poison: {} })
}
let seq = 0

async function storedRows({ type, table }: EventDefinition): Promise<Map<unknown, Values>> {
  const rows = await warehouse.ask<Values>(`SELECT * FROM ${table} WHERE type = '${type}'`)
  return new Map(rows.map((row) => [row.event_id, row]))
}

/** What a column shows of a value, by itself and not by what ingest made of it. */
function columnValue(kind: ReturnType<typeof columnKind>, value: unknown): unknown {
  if (kind === 'json') return JSON.stringify(value)
  if (kind === 'text') return String(value)
  if (kind === 'plain') return value
  const iso = new Date(String(value)).toISOString()
  // Other years have no place in a DateTime64.
  return /^(19|2[0-2])\d\d-/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 23)}` : null
}

/** JSON knows no -0. */
function plain(value: unknown): unknown {
  return value === 0 ? 0 : value
}

function emptyLike(value: unknown): unknown {
  if (typeof value === 'string') return ''
  if (typeof value === 'number') return 0
  return typeof value === 'boolean' ? false : null
}

/** As ingest cleans text; what it does to it is said in accept.test.ts. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(wellFormed)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [wellFormed(key), wellFormed(item)]))
}
