/** A piece of SQL. Joined, the texts of all tokens give the source back, whatever it was. */
export interface Token {
  /** `code` is everything between the others: keywords, numbers, operators, white space. */
  kind: 'code' | 'string' | 'identifier' | 'comment' | 'semicolon'
  text: string
}

/**
 * Cuts SQL where ClickHouse's lexer would see a quoted text, a quoted identifier, a comment or a semicolon.
 * An unfinished one reaches to the end. https://clickhouse.com/docs/sql-reference/syntax
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let codeStart = 0
  let position = 0
  while (position < sql.length) {
    const kind = kindAt(sql, position)
    if (kind === 'code') {
      position += 1
      continue
    }
    if (position > codeStart) tokens.push({ kind: 'code', text: sql.slice(codeStart, position) })
    const end = endOf(sql, position)
    tokens.push({ kind, text: sql.slice(position, end) })
    position = end
    codeStart = end
  }
  if (position > codeStart) tokens.push({ kind: 'code', text: sql.slice(codeStart) })
  return tokens
}

/** The statements of a text, without comments and semicolons, in order; empty ones are left out. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = []
  let statement = ''
  for (const { kind, text } of tokenize(sql)) {
    if (kind === 'semicolon') {
      statements.push(statement)
      statement = ''
    } else if (kind === 'comment') {
      // White space as far as the grammar goes; the line break after a line comment is code and stays.
      statement += text.startsWith('/*') ? ' ' : ''
    } else {
      statement += text
    }
  }
  statements.push(statement)
  return statements.map(tidy).filter((text) => text !== '')
}

/** The pieces of a list between its commas, those in quotes and brackets not counted; trimmed. */
export function splitList(sql: string): string[] {
  const pieces: string[] = []
  let piece = ''
  let depth = 0
  for (const { kind, text } of tokenize(sql)) {
    if (kind !== 'code') {
      piece += text
      continue
    }
    for (const sign of text) {
      if ('([{'.includes(sign)) depth += 1
      if (')]}'.includes(sign)) depth -= 1
      if (sign === ',' && depth === 0) {
        pieces.push(piece.trim())
        piece = ''
      } else {
        piece += sign
      }
    }
  }
  if (piece.trim() !== '') pieces.push(piece.trim())
  return pieces
}

function kindAt(sql: string, position: number): Token['kind'] {
  const sign = sql[position]
  const next = sql[position + 1]
  // Typographic quotes count as well.
  if (sign === "'" || sign === '‘') return 'string'
  if (sign === '`' || sign === '"' || sign === '“') return 'identifier'
  if (sign === ';') return 'semicolon'
  if (sign === '-' && next === '-') return 'comment'
  if (sign === '/' && (next === '*' || next === '/')) return 'comment'
  // "#!" and "# " begin comments too.
  if (sign === '#' && (next === '!' || next === ' ')) return 'comment'
  if (sign === '$' && heredocTag(sql, position) !== undefined) return 'string'
  return 'code'
}

function endOf(sql: string, start: number): number {
  const sign = sql[start]
  if (sign === ';') return start + 1
  if (sign === '$') {
    const tag = heredocTag(sql, start) ?? ''
    return after(sql, tag, start + tag.length)
  }
  if (sql.startsWith('/*', start)) return endOfBlockComment(sql, start)
  if (sign === '-' || sign === '#' || sign === '/') {
    const lineEnd = sql.indexOf('\n', start)
    return lineEnd < 0 ? sql.length : lineEnd
  }
  if (sign === '‘') return after(sql, '’', start)
  if (sign === '“') return after(sql, '”', start)
  return endOfQuoted(sql, start, sign ?? '')
}

/** A backslash takes the next sign with it; a doubled quote is two tokens side by side, which is as good as one. */
function endOfQuoted(sql: string, start: number, quote: string): number {
  for (let position = start + 1; position < sql.length; position += 1) {
    if (sql[position] === '\\') position += 1
    else if (sql[position] === quote) return position + 1
  }
  return sql.length
}

/** ClickHouse's block comments nest. */
function endOfBlockComment(sql: string, start: number): number {
  let depth = 1
  for (let position = start + 2; position < sql.length; position += 1) {
    if (sql.startsWith('/*', position)) {
      depth += 1
      position += 1
    } else if (sql.startsWith('*/', position)) {
      depth -= 1
      position += 1
      if (depth === 0) return position + 1
    }
  }
  return sql.length
}

/** `$$` or `$word$` at that position, when the same comes again later: a heredoc. */
function heredocTag(sql: string, position: number): string | undefined {
  const tag = /^\$\w*\$/.exec(sql.slice(position, position + 64))?.[0]
  return tag !== undefined && sql.includes(tag, position + tag.length) ? tag : undefined
}

function after(sql: string, text: string, from: number): number {
  const found = sql.indexOf(text, from)
  return found < 0 ? sql.length : found + text.length
}

function tidy(statement: string): string {
  return statement.replace(/^[^\S\n]+$/gm, '').trim()
}
