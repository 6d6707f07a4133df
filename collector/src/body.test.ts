import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readJson } from './body.ts'

const read = (text: string | Buffer, encoding?: string) => readJson(Buffer.from(text as string), encoding)

describe('a body', () => {
  it('is read plain, with a byte order mark, and gzipped', async () => {
    expect(await read('{"a":1}')).toEqual({ a: 1 })
    expect(await read('\uFEFF{"a":1}')).toEqual({ a: 1 })
    expect(await read(gzipSync('{"a":1}'), 'gzip')).toEqual({ a: 1 })
  })

  it.each([
    ['empty', '', undefined, 'bad_json'],
    ['cut off', '{"events":[', undefined, 'bad_json'],
    ['NaN', '{"a":NaN}', undefined, 'bad_json'],
    ['__proto__', '{"__proto__":{"x":1}}', undefined, 'bad_json'],
    ['nested __proto__', '{"a":[{"__proto__":1}]}', undefined, 'bad_json'],
    ['escaped __proto__', '{"\\u005f_proto__":1}', undefined, 'bad_json'],
    ['constructor.prototype', '{"constructor":{"prototype":{"x":1}}}', undefined, 'bad_json'],
    ['very deep', `${'['.repeat(120_000)}${']'.repeat(120_000)}`, undefined, 'too_deep'],
    ['plain, but says gzip', '{"a":1}', 'gzip', 'bad_encoding'],
    ['brotli', '{}', 'br', 'unsupported_type'],
    ['gzipped twice', '{}', 'gzip, gzip', 'unsupported_type'],
  ])('that is %s is refused', async (_case, text, encoding, code) => {
    await expect(read(text, encoding)).rejects.toMatchObject({ code })
  })

  it('is refused when its gzip is cut off, damaged, or inflates beyond the bound', async () => {
    const whole = gzipSync('{"a":1}')
    await expect(read(whole.subarray(0, whole.length - 5), 'gzip')).rejects.toMatchObject({ code: 'bad_encoding' })
    const damaged = Buffer.from(whole)
    damaged[whole.length - 6] = (damaged[whole.length - 6] ?? 0) ^ 0xff
    await expect(read(damaged, 'gzip')).rejects.toMatchObject({ code: 'bad_encoding' })
    await expect(read(gzipSync(Buffer.alloc(64 * 1_048_576)), 'gzip')).rejects.toMatchObject({ code: 'too_large' })
  })

  it('may hold brackets in strings', async () => {
    const text = JSON.stringify({ a: `${'['.repeat(500)}"\\` })
    expect(await read(text)).toEqual(JSON.parse(text))
  })
})
