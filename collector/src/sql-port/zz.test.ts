import { writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { ask, startTestSqlPort } from './testing.ts'

it('x', async () => {
  const t = await startTestSqlPort()
  await t.engine
    .client()
    .command({ query: 'CREATE TABLE offertrail.t (id UInt64, name String) ENGINE = MergeTree ORDER BY id' })
  const out: string[] = []
  for (const s of (process.env.SQLS ?? 'SELECT 1').split('~~')) {
    const a = await ask(t.url, s)
    out.push(`## ${s}\n${a.status} ${a.body.slice(0, 600)}`)
  }
  writeFileSync('/tmp/sqlx/zz.out', out.join('\n'))
  await t.stop()
})
