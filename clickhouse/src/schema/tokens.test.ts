import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitList, splitStatements, tokenize } from './tokens.ts'

/** Text made of the signs a tokenizer can trip over. */
const nastySql = fc
  .array(
    fc.constantFrom(
      ...["'", "''", "\\'", '\\', '`', '"', ';', '--', '/*', '*/', '//', '#!', '# ', '\n', ' ', '(', ')', ',', '$$'],
      ...['$a$', '‘', '’', '“', '”', 'SELECT 1', 'a', '{x:Date}', '{{y}}', 'é', '\u{1f600}'],
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''))

describe('tokenize', () => {
  it('loses and adds nothing', () => {
    fc.assert(
      fc.property(
        nastySql,
        (sql) =>
          tokenize(sql)
            .map(({ text }) => text)
            .join('') === sql,
      ),
    )
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (sql) =>
          tokenize(sql)
            .map(({ text }) => text)
            .join('') === sql,
      ),
    )
  })

  it('never leaves a semicolon, quote or comment in code', () => {
    fc.assert(
      fc.property(nastySql, (sql) => {
        for (const { kind, text } of tokenize(sql)) {
          if (kind === 'code') expect(text).not.toMatch(/['"`;‘“]|--|\/\*/)
        }
      }),
    )
  })
})

describe('splitStatements', () => {
  it.each<[string, string[]]>([
    ['SELECT 1; SELECT 2;', ['SELECT 1', 'SELECT 2']],
    ["SELECT 'a;b'; SELECT 2", ["SELECT 'a;b'", 'SELECT 2']],
    ["SELECT 'it''s; \\'here\\''; SELECT 2", ["SELECT 'it''s; \\'here\\''", 'SELECT 2']],
    ["SELECT 'ends in \\\\'; SELECT 2", ["SELECT 'ends in \\\\'", 'SELECT 2']],
    ['SELECT `a;b`, "c;d"; SELECT 2', ['SELECT `a;b`, "c;d"', 'SELECT 2']],
    ["SELECT 1 -- not; here's\n; SELECT 2", ['SELECT 1', 'SELECT 2']],
    ["SELECT 1 /* not; /* nor; */ here's */ + 1; SELECT 2", ['SELECT 1   + 1', 'SELECT 2']],
    ['SELECT $$a;b$$; SELECT $x$;$x$', ['SELECT $$a;b$$', 'SELECT $x$;$x$']],
    ['SELECT {start:Date}; SELECT 2', ['SELECT {start:Date}', 'SELECT 2']],
    [' ;;\n-- nothing\n; ', []],
    ["SELECT '-- no comment; /* nor this */'", ["SELECT '-- no comment; /* nor this */'"]],
  ])('splits %j', (sql, statements) => {
    expect(splitStatements(sql)).toEqual(statements)
  })

  it('gives back statements that were joined, whatever texts they hold', () => {
    const statement = fc.string().map((text) => `SELECT '${text.replace(/[\\']/g, (sign) => `\\${sign}`)}' AS a`)
    // Blank lines and line ends inside of a text are its own; the tidying is only about code.
    const oneLine = statement.filter((sql) => !/[\r\n]/.test(sql))
    fc.assert(
      fc.property(fc.array(oneLine, { maxLength: 5 }), (statements) => {
        expect(splitStatements(statements.join(';\n-- and; then\n'))).toEqual(statements)
      }),
    )
  })
})

describe('splitList', () => {
  it('splits at the commas outside of brackets and quotes', () => {
    expect(splitList("`a` Tuple(x UInt8, y UInt8), `b,c` String DEFAULT 'd,e', INDEX i (f, g) TYPE minmax")).toEqual([
      '`a` Tuple(x UInt8, y UInt8)',
      "`b,c` String DEFAULT 'd,e'",
      'INDEX i (f, g) TYPE minmax',
    ])
    expect(splitList(' ')).toEqual([])
  })
})
