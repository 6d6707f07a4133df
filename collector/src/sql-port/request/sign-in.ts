import type { IncomingHttpHeaders } from 'node:http'
import { ClickHouseError } from '../clickhouse-error.ts'

/**
 * There is one account, `default` with an empty password, given in any of ClickHouse's ways or not at all.
 * @throws ClickHouseError 516, as ClickHouse answers, for any other
 */
export function checkSignIn(headers: IncomingHttpHeaders, parameters: URLSearchParams): void {
  const given: [user: string | null | undefined, password: string | null | undefined][] = [
    [single(headers['x-clickhouse-user']), single(headers['x-clickhouse-key'])],
    [parameters.get('user'), parameters.get('password')],
    basic(headers.authorization),
  ]
  for (const [user, password] of given) {
    if ((user && user !== 'default') || password) {
      throw new ClickHouseError(
        'AUTHENTICATION_FAILED',
        `${user || 'default'}: Authentication failed: password is incorrect, or there is no user with such name. Use the user default without a password`,
      )
    }
  }
}

function basic(header: string | undefined): [string | undefined, string | undefined] {
  if (!header) return [undefined, undefined]
  const encoded = /^basic\s+(?<encoded>[A-Za-z0-9+/=]*)\s*$/iu.exec(header)?.groups?.encoded
  // Another scheme, such as a token, is a credential we do not know.
  if (encoded === undefined) return ['default', 'unknown']
  const [user, ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return [user, password.join(':')]
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
