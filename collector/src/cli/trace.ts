import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCatalog } from '@offertrail/clickhouse'
import { eventDefinition, eventTypes } from '@offertrail/contract'
import { uuidv7 } from 'uuidv7'
import { startCollector } from '../collector.ts'
import { readConfig } from '../config.ts'
import { accept, type Delivery, encodeLines, eventLines } from '../ingest/index.ts'
import { schemaRoot } from '../schema.ts'

// npm run trace -- resume: one sample event at every stage, from the sender to the KPI, through a collector of its own.
const [type = ''] = process.argv.slice(2)
const definition = eventDefinition(type.replaceAll('-', '_'))
if (!definition) {
  const wrong = type === '' ? 'say which event type' : `"${type}" is no event type`
  process.stderr.write(`trace: ${wrong}; take one of: ${eventTypes.join(', ')}\n`)
  process.exit(2)
}

const dataDir = mkdtempSync(join(tmpdir(), 'offertrail-trace-'))
const config = readConfig({
  DATA_DIR: dataDir,
  PORT: '0',
  CLICKHOUSE_HTTP_PORT: '0',
  LOG_LEVEL: 'error',
  FLUSH_INTERVAL_MS: '10',
})
const collector = await startCollector(config, (error) => {
  throw error
})
try {
  // Today's sample: what is older than a KPI looks back would not show in it.
  const sample = { ...definition.sample, timestamp: new Date().toISOString() }
  show('1  contract: what the sender writes', `packages/contract/src/events/${fileOf(definition.type)}`, sample)

  const delivery: Delivery = {
    receivedAt: Date.now(),
    keyKind: 'open',
    fromBrowser: false,
    userAgent: '',
    address: '127.0.0.1',
    privacySignal: false,
    strict: false,
  }
  const [event] = accept([sample], delivery, { newId: uuidv7 }).accepted
  if (!event) throw new Error('trace: the sample of the contract was refused')
  show('2  ingest: the row of its table', 'collector/src/ingest/accept.ts, steps/*', event.row)
  show('3  ingest: what passes through event_stream', 'collector/src/ingest/accept.ts', event.stream)
  show(
    '4  spool: the payload of its frame',
    'collector/src/ingest/lines.ts, collector/src/spool',
    Buffer.from(encodeLines(eventLines(event))).toString(),
  )

  await collector.ready
  const answer = await fetch(`${collector.url}/api/analytics/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sent_at: new Date().toISOString(), events: [sample] }),
  })
  show(`5  route: the answer, ${answer.status}`, 'collector/src/routes/api/analytics/events.ts', await answer.json())

  if (!(await collector.drain(10_000))) throw new Error('trace: ClickHouse did not take the event within 10 s')
  show(
    `6  ClickHouse: SELECT * FROM ${definition.table}`,
    `clickhouse/tables/${definition.table}.sql`,
    await ask(`SELECT * FROM ${definition.table}`),
  )
  for (const { name, kind, file, statements } of readCatalog(schemaRoot)) {
    const isShown = kind === 'kpi' || name === 'user_sessions'
    const today = new Date().toISOString().slice(0, 10)
    const from = statements.join().includes('{start:Date}') ? `${name}(start = '${today}', end = '${today}')` : name
    const answer = isShown ? await ask(`SELECT * FROM ${from}`) : ''
    if (answer !== '') show(`7  KPI: SELECT * FROM ${from}`, `clickhouse/${file}`, answer)
  }
} finally {
  await collector.close()
  rmSync(dataDir, { recursive: true, force: true })
}

async function ask(sql: string): Promise<string> {
  const answer = await fetch(`${collector.sqlUrl()}/?database=${config.CLICKHOUSE_DATABASE}&default_format=Vertical`, {
    method: 'POST',
    body: sql,
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`trace: ${text}`)
  return text.trimEnd()
}

function show(stage: string, where: string, what: unknown): void {
  const text = typeof what === 'string' ? what : JSON.stringify(what, null, 2)
  process.stdout.write(`\n── ${stage}\n   ${where}\n\n${text}\n`)
}

function fileOf(eventType: string): string {
  return `${eventType.replaceAll('_', '-')}.ts`
}
