import { applySchema, readCatalog } from '@offertrail/clickhouse'
import { startTestEngine } from '@offertrail/clickhouse/testing'
import { eventJsonSchema, events, eventTypes } from '@offertrail/contract'
import { expect, it } from 'vitest'
import { readConfig } from '../../../collector/src/config.ts'
import { accept, encodeLines, eventLines } from '../../../collector/src/ingest/index.ts'
import { schemaRoot, schemaVars } from '../../../collector/src/schema.ts'
import { cutBatch } from '../../../collector/src/write/batch.ts'
import { createClickHouseSink } from '../../../collector/src/write/sink.ts'

// Writes clickhouse/CATALOGUE.md from the sources: `npm run docs`. As a test it fails when the file is stale.

const config = readConfig({})
/** Noon of the samples' day: what the examples' answers are as of. */
const NOON = Date.UTC(2026, 10, 23, 12)

interface Column {
  name: string
  type: string
  comment: string
}

it('is what the sources say', async () => {
  const { engine, stop } = await startTestEngine()
  try {
    await applySchema(engine, { root: schemaRoot, vars: schemaVars(config) })
    await storeSamples(createClickHouseSink(engine))
    const ask = async <T>(query: string): Promise<T[]> => {
      const answer = await engine
        .client()
        .query({ query, format: 'JSONEachRow', clickhouse_settings: { output_format_json_quote_64bit_integers: 0 } })
      return await answer.json<T>()
    }
    const entries = readCatalog(schemaRoot, schemaVars(config))
    const text: string[] = [HEAD]
    text.push('## Events\n', ...eventTypes.map(eventSection))
    text.push('## Tables\n')
    for (const { name, title, definition, file, kind } of entries) {
      if (kind === 'table')
        text.push(
          section(name, title, definition, `tables/${file.split('/').at(-1)}`),
          columnTable(await ask<Column>(columnsQuery(name))),
        )
    }
    text.push('## KPIs\n')
    for (const { name, title, definition, unit, grain, file, statements } of entries) {
      if (file.startsWith('tables/')) continue
      const from = statements.join().includes('{start:Date}')
        ? `${name}(start = '2026-11-01', end = '2026-11-30')`
        : name
      text.push(section(name, title, definition, `kpis/${file.split('/').at(-1)}`), `Unit: ${unit}. Grain: ${grain}.\n`)
      text.push(await exampleOf(from, statements.join('\n'), ask))
    }
    await expect(`${text.join('\n').trimEnd()}\n`).toMatchFileSnapshot('../../../clickhouse/CATALOGUE.md')
  } finally {
    await stop()
  }
})

const HEAD = `# Catalogue

Generated from the sources by \`npm run docs\`; do not edit. The examples' answers are what the samples of the contract give, one event of each type.
`

async function storeSamples(sink: ReturnType<typeof createClickHouseSink>): Promise<void> {
  const delivery = {
    receivedAt: NOON,
    keyKind: 'server',
    fromBrowser: false,
    userAgent: '',
    address: '',
    privacySignal: false,
    strict: false,
  } as const
  const { accepted } = accept(
    eventTypes.map((type) => events[type].sample),
    delivery,
    { newId: () => '' },
  )
  const payload = encodeLines(accepted.flatMap(eventLines))
  const batch = cutBatch('1', [{ seq: 1, recvMs: NOON, type: 1, payload }], { known: {}, poison: {} })
  for (const [table, rows] of batch.tables) await sink.insert(table, rows, `catalogue-${table}`)
}

function eventSection(type: (typeof eventTypes)[number]): string {
  const { title, table, from, session, fields, sample } = events[type]
  const schema = eventJsonSchema(events[type]) as { properties: Record<string, unknown>; required: string[] }
  const rows = Object.keys(fields).map(
    (field) =>
      `| ${schema.required.includes(field) ? `**${field}**` : field} | ${valuesOf(schema.properties[field])} | ${inline(sample[field])} |`,
  )
  const link = session === 'extends' ? 'extends the session it names' : 'names a session without extending it'
  return [
    `### ${type}\n`,
    `${title}. Table \`${table}\`; from ${from.join(' and ')} keys; ${link}.\n`,
    ...(rows.length === 0 ? [] : ['| field | values | example |', '|---|---|---|', ...rows, '']),
  ].join('\n')
}

/** What a JSON Schema allows, in few words. */
function valuesOf(property: unknown): string {
  const {
    enum: values,
    type,
    minimum,
    maximum,
    minLength,
    maxLength,
    format,
    anyOf,
  } = (property ?? {}) as Record<string, unknown>
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(' ')
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map(valuesOf))].join(' or ')
  const range = [minimum, maximum].some((bound) => bound !== undefined) ? ` ${bound(minimum)} to ${bound(maximum)}` : ''
  const length =
    minLength !== undefined || maxLength !== undefined
      ? ` of ${bound(minLength) || '0'} to ${bound(maxLength)} characters`
      : ''
  return `${format === undefined ? String(type ?? 'any') : String(format)}${range}${length}`
}

const bound = (value: unknown): string => (typeof value === 'number' ? value.toLocaleString('en') : '')

function section(name: string, title: string, definition: string, file: string): string {
  return `### ${name}\n\n${title}: ${definition} ([SQL](${file}))\n`
}

const columnsQuery = (table: string) =>
  `SELECT name, type, comment FROM system.columns WHERE database = currentDatabase() AND table = '${table}' ORDER BY position`

function columnTable(columns: readonly Column[]): string {
  return [
    '| column | type | |',
    '|---|---|---|',
    ...columns.map(({ name, type, comment }) => `| ${name} | \`${type}\` | ${comment} |`),
    '',
  ].join('\n')
}

/** Columns with an example query and its answer; none for what depends on the moment of asking. */
async function exampleOf(from: string, statement: string, ask: <T>(query: string) => Promise<T[]>): Promise<string> {
  const columns = await ask<Column>(`DESCRIBE (SELECT * FROM ${from})`)
  const depends = /\b(now|now64|today)\(/.test(statement) || /user_retention|kpi_user_engagement/.test(statement)
  const [row] = depends ? [] : await ask<Record<string, unknown>>(`SELECT * FROM ${from} ORDER BY ALL LIMIT 1`)
  const query = `\`\`\`sql\nSELECT * FROM ${from}\n\`\`\`\n`
  const head =
    row === undefined ? ['| column | type |', '|---|---|'] : ['| column | type | example answer |', '|---|---|---|']
  const rows = columns.map(({ name, type }) =>
    row === undefined ? `| ${name} | \`${type}\` |` : `| ${name} | \`${type}\` | ${inline(row[name])} |`,
  )
  return [query, ...head, ...rows, ''].join('\n')
}

function inline(value: unknown): string {
  const text = value === undefined ? '' : (JSON.stringify(value) ?? '')
  return text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``
}
