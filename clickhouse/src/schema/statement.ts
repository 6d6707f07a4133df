import { SchemaError } from './schema-error.ts'
import { tokenize } from './tokens.ts'

export type ObjectKind = 'table' | 'materialized_view' | 'view' | 'dictionary'

const CREATE =
  /^CREATE\s+(?:OR\s+REPLACE\s+)?(TABLE|MATERIALIZED\s+VIEW|VIEW|DICTIONARY)\s+(?:IF\s+NOT\s+EXISTS\s+)?(`[^`]+`|"[^"]+"|\w+)(\s*\.)?/i

/**
 * What a statement creates.
 * @throws SchemaError when it is no plain CREATE of a table, view, materialized view or dictionary
 */
export function parseCreate(statement: string, file: string): { kind: ObjectKind; name: string } {
  const [, what, quotedName, dot] = CREATE.exec(statement) ?? []
  if (what === undefined || quotedName === undefined) {
    throw new SchemaError(
      file,
      `only CREATE TABLE, VIEW, MATERIALIZED VIEW and DICTIONARY stand here, not "${start(statement)}"; other statements go into migrations/`,
    )
  }
  const name = quotedName.replace(/^[`"]|[`"]$/g, '')
  if (dot !== undefined) throw new SchemaError(file, `"${start(statement)}" names a database; leave it out`)
  const kind = what.replace(/\s+/g, '_').toLowerCase() as ObjectKind
  if (kind === 'materialized_view' && !hasTarget(statement)) {
    throw new SchemaError(
      file,
      `the materialized view ${name} needs a target (TO table): without it a change loses rows`,
    )
  }
  return { kind, name }
}

/** The statement with `CREATE OR REPLACE`, whatever it began with. */
export function orReplace(statement: string): string {
  return statement.replace(
    /^CREATE\s+(?:OR\s+REPLACE\s+)?(\w+)\s+(?:IF\s+NOT\s+EXISTS\s+)?/i,
    (_all, what: string) => `CREATE OR REPLACE ${what} `,
  )
}

/** The statement with that comment on its object, unless it has one of its own. */
export function withComment(statement: string, comment: string): string {
  const ownComment = topLevelCode(statement).some(({ text, next }) => /\bCOMMENT\s*$/i.test(text) && next === 'string')
  return ownComment ? statement : `${statement}\nCOMMENT ${quote(comment)}`
}

/** A text as SQL. */
export function quote(text: string): string {
  return `'${text.replace(/[\\']/g, (sign) => `\\${sign}`)}'`
}

function hasTarget(statement: string): boolean {
  // Before the SELECT: the name, REFRESH and such, then TO.
  const beforeSelect = topLevelCode(statement)
    .map(({ text }) => text)
    .join(' x ')
    .split(/\bAS\b/i)[0]
  return /\bTO\s/i.test(beforeSelect ?? '')
}

/** The code outside of all brackets, piece by piece, each with the kind of the token after it. */
function topLevelCode(statement: string): { text: string; next: string | undefined }[] {
  const pieces: { text: string; next: string | undefined }[] = []
  let depth = 0
  const tokens = tokenize(statement)
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'code') continue
    let outside = ''
    for (const sign of text) {
      if ('([{'.includes(sign)) depth += 1
      if (depth === 0) outside += sign
      if (')]}'.includes(sign)) depth -= 1
    }
    pieces.push({ text: outside, next: tokens[index + 1]?.kind })
  }
  return pieces
}

function start(statement: string): string {
  return statement.replace(/\s+/g, ' ').slice(0, 60)
}
