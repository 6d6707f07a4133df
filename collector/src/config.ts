import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'

/** A list in one variable: `a, b`. */
const list = () =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
const integer = (min: number, max: number) => z.coerce.number<string>().int().min(min).max(max)
const optionalText = () => z.string().min(1).optional()

/** Every setting: default, unit, and a sentence for the README. Nothing else reads the environment. */
export const settingsSchema = z.object({
  PORT: integer(0, 65_535).default(5_000).describe('Port of the HTTP interface; 0 takes a free one'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on; anything but loopback needs keys'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .transform((path) => resolve(path))
    .describe('Folder of everything that is kept'),
  ANALYTICS_DB_PATH: optionalText()
    .transform((path) => path && resolve(path))
    .describe("The embedded engine's folder; default DATA_DIR/clickhouse"),
  CLICKHOUSE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('A ClickHouse server instead of the embedded engine'),
  CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .default('offertrail')
    .describe('Database of the tables'),
  CLICKHOUSE_USER: z.string().default('default').describe('User on the ClickHouse server'),
  CLICKHOUSE_PASSWORD: z.string().default('').describe('Password on the ClickHouse server'),
  CLICKHOUSE_HTTP_PORT: integer(0, 65_535)
    .default(8_123)
    .describe("Port of people's SQL, loopback only, with the embedded engine; 0 takes a free one"),
  WRITE_KEYS: list().describe('Keys for public pages, comma-separated'),
  SERVER_KEYS: list().describe('Keys for back ends, comma-separated'),
  ADMIN_KEYS: list().describe('Keys for administrators, comma-separated'),
  ALLOWED_ORIGINS: list().describe('Origins that write keys may be used from, comma-separated; empty: any'),
  TRUSTED_PROXIES: list()
    .refine(
      (items) => items.every((item) => isIP(item.split('/')[0] ?? '') > 0),
      'must be addresses or networks like 10.0.0.0/8',
    )
    .describe('Proxies whose X-Forwarded-For is believed, comma-separated'),
  CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code like USD')
    .default('USD')
    .describe('Currency of the KPIs that show money'),
  RATE_LIMIT_WRITE: integer(0, 1e9)
    .default(1_000)
    .describe('Events a second of one address with write keys; 0: no limit'),
  RATE_LIMIT_SERVER: integer(0, 1e9).default(0).describe('Events a second of one server key; 0: no limit'),
  RATE_LIMIT_ADMIN: integer(0, 1e9).default(0).describe('Events a second of one admin key; 0: no limit'),
  FLUSH_INTERVAL_MS: integer(10, 60_000).default(1_000).describe('Milliseconds between inserts'),
  SPOOL_MAX_BYTES: integer(16 * 1_048_576, 2 ** 50)
    .default(2 ** 31)
    .describe('Bytes of events that may wait on disk for ClickHouse'),
  RETENTION_DAYS: integer(1, 36_500).default(730).describe('Days events are kept'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe log lines that are written'),
  MAX_RESPONSE_TIME: integer(1, 3_600_000).default(2_000).describe('Milliseconds above which an API call is slow'),
  COST_PER_PROCESSING_SECOND: z.coerce
    .number<string>()
    .min(0)
    .max(1e6)
    .default(0.001)
    .describe('Cost of a second of processing, in CURRENCY'),
  TLS_CERT_FILE: optionalText().describe('Certificate (PEM) for HTTPS without a proxy'),
  TLS_KEY_FILE: optionalText().describe('Key (PEM) for HTTPS without a proxy'),
})

export type Config = z.output<typeof settingsSchema>

/** Thrown for settings that can't be used; `message` has one line a mistake. */
export class ConfigError extends Error {}

/**
 * Reads the settings.
 * @throws ConfigError naming each wrong variable, what was given and what is allowed
 */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const given = Object.fromEntries(
    Object.keys(settingsSchema.shape).map((name) => [name, environment[name] === '' ? undefined : environment[name]]),
  )
  const parsed = settingsSchema.safeParse(given)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => explain(issue, given)).join('\n'))
  const config = parsed.data
  if ((config.TLS_CERT_FILE === undefined) !== (config.TLS_KEY_FILE === undefined)) {
    throw new ConfigError('config: TLS_CERT_FILE and TLS_KEY_FILE go together; set both or neither')
  }
  const hasKeys = config.WRITE_KEYS.length + config.SERVER_KEYS.length + config.ADMIN_KEYS.length > 0
  if (!isLoopback(config.HOST) && !hasKeys) {
    throw new ConfigError(
      `config: HOST is "${config.HOST}", which others can reach, and there are no keys; set WRITE_KEYS, SERVER_KEYS and ADMIN_KEYS, or HOST=127.0.0.1`,
    )
  }
  return config
}

/** Whether the environment says something of a setting, or its default holds. */
export function isSet(name: keyof Config, environment: Record<string, string | undefined> = process.env): boolean {
  return (environment[name] ?? '') !== ''
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

/** Secrets are named, never shown. */
const secrets: ReadonlySet<string> = new Set(['CLICKHOUSE_PASSWORD', 'WRITE_KEYS', 'SERVER_KEYS', 'ADMIN_KEYS'])

function explain(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0])
  const shown = secrets.has(name) ? '(hidden)' : `"${given[name]?.replace(/\/\/[^/]*@/, '//(hidden)@')}"`
  return `config: ${name} is ${shown}: ${issue.message} (${settingsSchema.shape[name as keyof Config]?.description ?? ''})`
}
