import { describe, expect, it } from 'vitest'
import { tokenize } from './tokens.ts'

const values = (canonical: string): string[] | undefined =>
  tokenize(canonical)?.map(({ kind, value }) => `${kind}:${value}`)

describe('tokenize', () => {
  it('tells names from strings, whatever their quotes and escapes', () => {
    expect(values("SELECT `a\\`b`, 'it\\'s', \"q\" FROM t1 WHERE x = 1.5e3")).toEqual([
      'name:SELECT',
      'name:a`b',
      'sign:,',
      "text:it's",
      'sign:,',
      'name:q',
      'name:FROM',
      'name:t1',
      'name:WHERE',
      'name:x',
      'sign:=',
      'number:1.5e3',
    ])
  })

  it('sees through escapes in a name', () => {
    expect(values('`fil\\x65`')).toEqual(['name:file'])
    expect(values('`a``b`')).toEqual(['name:a`b'])
  })

  it('takes no part of a string for a name', () => {
    expect(values("'a'' file( '")).toEqual(["text:a' file( "])
    expect(values("'\\\\' , b")).toEqual(['text:\\', 'sign:,', 'name:b'])
  })

  it('understands nothing when a quote stays open', () => {
    expect(tokenize("SELECT 'a")).toBeUndefined()
    expect(tokenize('SELECT `a\\`')).toBeUndefined()
  })
})
