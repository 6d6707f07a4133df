import { request } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send, startTestSqlPort, type TestSqlPort } from './testing.ts'

let test: TestSqlPort

beforeAll(async () => {
  test = await startTestSqlPort()
  const admin = test.engine.client()
  await admin.command({ query: 'CREATE TABLE offertrail.t (id UInt64, name String) ENGINE = MergeTree ORDER BY id' })
  await admin.command({ query: "INSERT INTO offertrail.t SELECT number, concat('n', number) FROM numbers(10)" })
})

afterAll(() => test.stop())

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

describe('the forms a request may have', () => {
  it.each([
    ['GET with the statement in the address', '?query=SELECT+1', {}],
    ['GET for a database', '?query=SELECT+min(id)%2B1+FROM+t&database=offertrail', {}],
    ['POST with the statement in the body', '', { body: 'SELECT 1' }],
    ['POST with its beginning in the address', '?query=SELECT', { body: '1' }],
    ['POST with the statement in the address', '?query=SELECT+1', { method: 'POST' }],
    ['a form of curl -d', '', { body: 'SELECT 1', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }],
    ['a body in chunks', '', { body: 'SELECT 1', headers: { 'Transfer-Encoding': 'chunked' } }],
    ['a body as gzip', '', { body: gzipSync('SELECT 1'), headers: { 'Content-Encoding': 'gzip' } }],
    ['a body as deflate', '', { body: deflateSync('SELECT 1'), headers: { 'Content-Encoding': 'deflate' } }],
    ['a body as br', '', { body: brotliCompressSync('SELECT 1'), headers: { 'Content-Encoding': 'br' } }],
    ['the user in the address', '?user=default&password=&query=SELECT+1', {}],
    ['the user in headers', '?query=SELECT+1', { headers: { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': '' } }],
    ['the user as basic authentication', '?query=SELECT+1', { headers: { Authorization: basic('default', '') } }],
    ['an empty user', '?query=SELECT+1', { headers: { Authorization: basic('', '') } }],
    ['the database default, as clients send unasked', '?database=default&query=SELECT+min(id)%2B1+FROM+t', {}],
    [
      'the database in a header',
      '?query=SELECT+min(id)%2B1+FROM+t',
      { headers: { 'X-ClickHouse-Database': 'offertrail' } },
    ],
    ['a bound value', '?param_n=1&query=SELECT+%7Bn:UInt8%7D', {}],
    ['a bound name', '?param_n=t&query=SELECT+min(id)%2B1+FROM+%7Bn:Identifier%7D', {}],
    ['settings', '?max_threads=1&wait_end_of_query=1&max_execution_time=5&query=SELECT+1', {}],
    ['a deadline beyond the limit, as Grafana sends', '?max_execution_time=65&query=SELECT+1', {}],
    ['a session', '?session_id=s1&session_timeout=10&query=SELECT+1', {}],
  ])('%s', async (_what, search, options) => {
    const answer = await send(`${test.url}/${search}`, options)
    expect([answer.status, answer.body]).toEqual([200, '1\n'])
  })

  it('a form with long parameters, as multipart', async () => {
    const field = (name: string, value: string): string =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const body = `${field('query', 'SELECT {s:String}')}${field('param_s', 'ж'.repeat(5000))}--b--\r\n`
    const answer = await send(test.url, { body, headers: { 'Content-Type': 'multipart/form-data; boundary=b' } })
    expect(answer.body).toBe(`${'ж'.repeat(5000)}\n`)
  })

  it('a form with a table in it is refused, and says why', async () => {
    const body = '--b\r\nContent-Disposition: form-data; name="u"; filename="u.csv"\r\n\r\n1\r\n--b--\r\n'
    const headers = { 'Content-Type': 'multipart/form-data; boundary=b' }
    const answer = await send(`${test.url}/?query=SELECT+*+FROM+u&u_structure=a+UInt8`, { body, headers })
    expect([answer.code, answer.status]).toEqual([344, 501])
    expect(answer.body).toContain('External tables cannot be sent here')
  })

  it('ClickHouse’s own compression, in both directions', async () => {
    const packed = await new Promise<Buffer>((resolve, reject) => {
      const sql = `SELECT concat('SELECT 1 -- ', repeat('abcdefg ', 500)) FORMAT TSVRaw`
      const outgoing = request(`${test.url}/?compress=1`, { method: 'POST', agent: false }, async (answer) => {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk)
        resolve(Buffer.concat(chunks))
      })
      outgoing.on('error', reject)
      outgoing.end(sql)
    })
    expect(packed.length).toBeLessThan(1_000)
    expect((await send(`${test.url}/?decompress=1`, { body: packed })).body).toBe('1\n')
    packed[30] = 255
    packed[31] = 255
    expect((await send(`${test.url}/?decompress=1`, { body: packed.subarray(0, 40) })).code).toBe(117)
  })

  it.each([
    ['?user=admin', {}],
    ['?user=default&password=x', {}],
    ['', { Authorization: basic('default', 'x') }],
    ['', { Authorization: basic('offertrail_admin', '') }],
    ['', { Authorization: 'Bearer x' }],
    ['', { 'X-ClickHouse-User': 'offertrail_reader' }],
    ['', { 'X-ClickHouse-Key': 'x' }],
  ])('other accounts are refused as ClickHouse does: %s %o', async (search, headers) => {
    const answer = await send(`${test.url}/${search}`, { headers: { ...headers }, body: 'SELECT 1' })
    expect([answer.status, answer.code]).toEqual([403, 516])
    expect(answer.body).toMatch(/^Code: 516\. DB::Exception: .+Authentication failed.+\(AUTHENTICATION_FAILED\)\n$/u)
  })

  it('health checks, unknown paths and methods', async () => {
    expect((await send(`${test.url}/ping`)).body).toBe('Ok.\n')
    expect((await send(`${test.url}/`)).body).toBe('Ok.\n')
    expect((await send(`${test.url}/replicas_status`)).body).toBe('Ok.\n')
    expect((await send(`${test.url}/play`)).status).toBe(404)
    expect((await send(`${test.url}/?query=SELECT+1`, { method: 'PUT' })).status).toBe(501)
    expect(
      (await send(`${test.url}/?query=SELECT+1`, { method: 'OPTIONS' })).headers['access-control-allow-origin'],
    ).toBe(undefined)
    expect((await send(`${test.url}/?query=SELECT+1`, { method: 'HEAD' })).headers['x-clickhouse-format']).toBe('TSV')
  })
})
