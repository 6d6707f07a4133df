import { ClickHouseError } from '../clickhouse-error.ts'

/**
 * The fields of a form: `query` and `param_*`, which clients send so when they are long for an address.
 * @throws ClickHouseError for files (external tables), other fields and malformed forms
 */
export function readForm(body: Buffer, contentType: string): [name: string, value: string][] {
  const boundary = /boundary=(?:"(?<quoted>[^"]{1,200})"|(?<bare>[^\s;]{1,200}))/iu.exec(contentType)?.groups
  const mark = boundary?.quoted ?? boundary?.bare
  if (mark === undefined) throw malformed('it names no boundary')
  // latin1 keeps every byte as it is while cutting.
  const parts = `\r\n${body.toString('latin1')}`.split(`\r\n--${mark}`)
  if (parts.length < 2 || !parts.at(-1)?.startsWith('--')) throw malformed('it does not end')
  return parts.slice(1, -1).map(readField)
}

function readField(part: string): [string, string] {
  const end = part.indexOf('\r\n\r\n')
  if (end < 0) throw malformed('a field has no headers')
  const head = part.slice(0, end)
  const name = /^content-disposition:[^\r\n]*;\s*name="(?<name>[A-Za-z0-9_.-]{1,256})"/imu.exec(head)?.groups?.name
  if (name === undefined) throw malformed('a field has no plain name')
  if (/;\s*filename\*?=/iu.test(head) || (name !== 'query' && !name.startsWith('param_'))) {
    throw new ClickHouseError(
      'SUPPORT_IS_DISABLED',
      `External tables cannot be sent here (field ${name}): only query and param_* may come as a form`,
    )
  }
  return [name, Buffer.from(part.slice(end + 4), 'latin1').toString('utf8')]
}

function malformed(why: string): ClickHouseError {
  return new ClickHouseError('INCORRECT_DATA', `Malformed multipart/form-data: ${why}`)
}
