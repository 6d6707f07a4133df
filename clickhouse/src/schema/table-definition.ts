import { splitList, tokenize } from './tokens.ts'

/** A table taken apart, each part in the server's own canonical words. */
export interface TableDefinition {
  columns: Map<string, ColumnDefinition>
  /** Secondary indexes by name; the declaration without the word INDEX. */
  indexes: Map<string, string>
  /** Projections by name; the declaration without the word PROJECTION. */
  projections: Map<string, string>
  /** CONSTRAINT and whatever else stands among the columns. */
  others: string[]
  /** ENGINE, PARTITION BY, ORDER BY, ...: all that makes the table's files what they are. */
  storage: string
  ttl: string
  settings: string
  comment: string
}

export interface ColumnDefinition {
  /** Name and all, as it may stand after ADD COLUMN. */
  declaration: string
  /** The declaration without codec, TTL and comment: what its stored values depend on. */
  core: string
  codec: string
  ttl: string
  comment: string
}

/** Takes `create_table_query` of system.tables apart. The server has formatted it, so its form is known. */
export function parseTableDefinition(createQuery: string): TableDefinition {
  const { inside, after } = firstBrackets(createQuery)
  const definition: TableDefinition = {
    columns: new Map(),
    indexes: new Map(),
    projections: new Map(),
    others: [],
    ...cutClauses(after, { ttl: 'TTL', settings: 'SETTINGS', comment: 'COMMENT' }, 'storage'),
  }
  for (const item of splitList(inside)) {
    const column = /^`((?:[^`\\]|\\.)+)`/.exec(item)?.[1]
    const index = /^INDEX\s+(\S+)\s/.exec(item)?.[1]
    const projection = /^PROJECTION\s+(\S+)\s/.exec(item)?.[1]
    if (column !== undefined) {
      const parts = cutClauses(item, { comment: 'COMMENT', codec: 'CODEC', ttl: 'TTL' }, 'core')
      definition.columns.set(column, { declaration: item, ...parts })
    } else if (index !== undefined) {
      definition.indexes.set(index, item.replace(/^INDEX\s+/, ''))
    } else if (projection !== undefined) {
      definition.projections.set(projection, item.replace(/^PROJECTION\s+/, ''))
    } else {
      definition.others.push(item)
    }
  }
  return definition
}

/**
 * Whether two definitions of system.tables mean the same. Settings of a table stand in the order in which they were
 * given, by CREATE or later; that order says nothing.
 */
export function sameDefinition(one: string, other: string): boolean {
  return one === other || (isTable(one) && isTable(other) && withoutOrder(one) === withoutOrder(other))
}

function isTable(createQuery: string): boolean {
  return createQuery.startsWith('CREATE TABLE ')
}

function withoutOrder(createQuery: string): string {
  const { columns, indexes, projections, others, settings, ...rest } = parseTableDefinition(createQuery)
  return JSON.stringify({
    ...rest,
    columns: [...columns],
    indexes: [...indexes],
    projections: [...projections].sort(),
    others,
    settings: splitList(settings).sort(),
  })
}

/** The text in the first round brackets, and what follows them. */
function firstBrackets(sql: string): { inside: string; after: string } {
  let depth = 0
  let inside = ''
  let after = ''
  let closed = false
  for (const { kind, text } of tokenize(sql)) {
    for (const sign of kind === 'code' ? text : [text]) {
      if (closed) after += sign
      else if (sign === ')' && depth === 1) closed = true
      else if (depth > 0) inside += sign
      if (closed) continue
      if (sign === '(') depth += 1
      if (sign === ')') depth -= 1
    }
  }
  return { inside, after: after.trim() }
}

/**
 * Cuts a text at keywords that stand outside of quotes and brackets. What comes before the first one has the name
 * `rest`; what follows a keyword, up to the next one, has that keyword's name, and '' when the keyword is not there.
 */
function cutClauses<Name extends string, Rest extends string>(
  sql: string,
  keywords: Record<Name, string>,
  rest: Rest,
): Record<Name | Rest, string> {
  const names = Object.keys(keywords) as Name[]
  const parts = Object.fromEntries([rest, ...names].map((name) => [name, ''])) as Record<Name | Rest, string>
  let current: Name | Rest = rest
  let depth = 0
  for (const { kind, text } of tokenize(sql)) {
    // Word by word, so that a keyword is never a part of another word; brackets stand alone.
    for (const word of kind === 'code' ? text.split(/(\w+|[()])/) : [text]) {
      if (kind === 'code' && word === '(') depth += 1
      if (kind === 'code' && word === ')') depth -= 1
      const keyword = kind === 'code' && depth === 0 ? names.find((name) => keywords[name] === word) : undefined
      if (keyword) current = keyword
      else parts[current] += word
    }
  }
  for (const name of [rest, ...names]) parts[name] = parts[name].trim()
  return parts
}
