import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestSqlPort, type TestSqlPort } from '../sql-port/testing.ts'
import { runSql } from './run-sql.ts'

let test: TestSqlPort

beforeAll(async () => {
  test = await startTestSqlPort()
})

afterAll(() => test.stop())

describe('npm run sql', () => {
  it('prints a table', async () => {
    const { code, out } = await run(['SELECT 1 AS one, 2 AS two'])
    expect(out).toBe('┌─one─┬─two─┐\n│   1 │   2 │\n└─────┴─────┘\n')
    expect(code).toBe(0)
  })

  it('prints in the format that is asked for, and the statement from stdin', async () => {
    expect((await run(['--format', 'CSVWithNames', 'SELECT 1 AS one'])).out).toBe('"one"\n1\n')
    expect((await run([], 'SELECT 1 AS one FORMAT JSONEachRow')).out).toBe('{"one":1}\n')
  })

  it('says that there are no rows where a table of none would be nothing', async () => {
    expect(await run(['SELECT 1 AS one WHERE 0'])).toMatchObject({ code: 0, out: '(no rows)\n' })
    expect((await run(['-f', 'TSV', 'SELECT 1 AS one WHERE 0'])).out).toBe('')
  })

  it('asks in the database of the settings', async () => {
    expect((await run(['-f', 'TSV', 'SELECT currentDatabase()'])).out).toBe('offertrail\n')
  })

  it('exits with 1 and ClickHouse’s message, even for an error late in the answer', async () => {
    const wrong = await run(['SELECT nothing'])
    expect([wrong.code, wrong.out]).toEqual([1, ''])
    expect(wrong.err).toMatch(/^Code: 47\. DB::Exception: /u)
    const late = await run(["SELECT throwIf(number = 900000, 'late') FROM numbers(1000000)"])
    expect([late.code, late.out]).toEqual([1, ''])
    expect(late.err).toContain('late')
  })

  it('explains itself when there is no statement', async () => {
    expect(await run([], '')).toMatchObject({ code: 1, err: expect.stringContaining('Usage: npm run sql') })
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Usage: npm run sql') })
  })

  it('asks whether it is running when nothing listens', async () => {
    const idle = await startTestSqlPort()
    await idle.stop()
    const { code, err } = await run(['SELECT 1'], '', idle.port.port)
    expect([code, err]).toEqual([
      1,
      `sql: nothing listens at http://127.0.0.1:${idle.port.port}; is it running? npm start\n`,
    ])
  })
})

async function run(
  args: string[],
  input = '',
  port = test.port.port,
): Promise<{ code: number; out: string; err: string }> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const code = await runSql({
    args,
    config: {
      CLICKHOUSE_URL: undefined,
      CLICKHOUSE_USER: 'default',
      CLICKHOUSE_PASSWORD: '',
      CLICKHOUSE_DATABASE: 'offertrail',
      CLICKHOUSE_HTTP_PORT: port,
    },
    stdin: Readable.from([input]),
    stdout,
    stderr,
  })
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), err: await text(stderr) }
}
