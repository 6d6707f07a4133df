import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig, settingsSchema } from './config.ts'

describe('settings', () => {
  it('have defaults for all, and a sentence each', () => {
    expect(readConfig({})).toMatchObject({
      PORT: 5_000,
      HOST: '127.0.0.1',
      CLICKHOUSE_DATABASE: 'offertrail',
      FLUSH_INTERVAL_MS: 1_000,
      CURRENCY: 'USD',
    })
    for (const [name, schema] of Object.entries(settingsSchema.shape)) expect(schema.description, name).toBeTruthy()
  })

  it('take an empty variable as not set', () => {
    expect(readConfig({ PORT: '', WRITE_KEYS: '' })).toMatchObject({ PORT: 5_000, WRITE_KEYS: [] })
  })

  it.each([
    [{ PORT: 'five' }, /PORT is "five"/],
    [{ PORT: '70000' }, /PORT is "70000"/],
    [{ CURRENCY: 'dollars' }, /CURRENCY is "dollars": must be an ISO 4217 code/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL is "loud"/],
    [{ CLICKHOUSE_URL: 'tcp://db' }, /CLICKHOUSE_URL is "tcp:\/\/db"/],
    [{ TRUSTED_PROXIES: 'my proxy' }, /TRUSTED_PROXIES is "my proxy": must be addresses/],
    [{ TLS_CERT_FILE: 'cert.pem' }, /TLS_CERT_FILE and TLS_KEY_FILE go together/],
    [{ HOST: '0.0.0.0' }, /there are no keys; set WRITE_KEYS/],
  ])('that are wrong stop the start with a line that names them: %o', (environment, message) => {
    expect(() => readConfig(environment)).toThrow(ConfigError)
    expect(() => readConfig(environment)).toThrow(message)
  })

  it('names all mistakes at once and shows no secret', () => {
    try {
      readConfig({ PORT: 'x', FLUSH_INTERVAL_MS: '1', CLICKHOUSE_URL: 'tcp://ann:secret@db:9000' })
      expect.unreachable()
    } catch (error) {
      expect(String((error as Error).message).split('\n')).toHaveLength(3)
      expect(String(error)).toContain('tcp://(hidden)@db:9000')
      expect(String(error)).not.toContain('secret')
    }
  })

  it('may listen to others with keys', () => {
    expect(readConfig({ HOST: '0.0.0.0', ADMIN_KEYS: 'a, b' }).ADMIN_KEYS).toEqual(['a', 'b'])
  })
})

it('are all in the README, with their defaults', () => {
  // Tables may be padded; a cell is what counts.
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ')
  const defaults = readConfig({})
  for (const [name, schema] of Object.entries(settingsSchema.shape)) {
    const value = name === 'DATA_DIR' ? './data' : defaults[name as keyof typeof defaults]
    expect(readme).toContain(
      `| \`${name}\` | ${value === undefined ? '' : String(value)} | ${schema.description} |`.replaceAll(/ +/g, ' '),
    )
  }
  expect([...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].length).toBe(Object.keys(settingsSchema.shape).length)
})
