import { ClickHouseError } from '../clickhouse-error.ts'
import type { Catalog } from './catalog.ts'
import type { SyntaxTree } from './syntax-tree.ts'
import type { Token } from './tokens.ts'

/** Pure: why a statement is refused, or undefined. Both have to be asked. */
export const findRefusal = {
  /** By its canonical text. */
  inText(tokens: Token[], parameters: URLSearchParams, catalog: Catalog): ClickHouseError | undefined {
    return (
      refusedKind(tokens) ??
      refusedName(tokens, parameters, catalog) ??
      refusedSetting(tokens, catalog) ??
      refusedStructure(tokens)
    )
  },
  /** By its syntax tree. The tokens tell which names the statement itself gives to lambdas. */
  inTree(tree: SyntaxTree, tokens: Token[], catalog: Catalog): ClickHouseError | undefined {
    if (!ROOTS.test(tree.root)) return readsOnly(tree.root)
    if (tree.root.startsWith('Explain') && !tree.children.includes('SelectWithUnionQuery')) return readsOnly(tree.root)
    const own = aliases(tokens)
    for (const name of tree.functions) {
      const verdict = catalog.functionVerdict(name)
      if (verdict === 'refused') return noFunction(name)
      if (verdict === 'unknown' && !own.has(name)) {
        return new ClickHouseError(
          'UNKNOWN_FUNCTION',
          `Function with name \`${name}\` does not exist, or is not allowed here`,
        )
      }
    }
    for (const name of tree.tableFunctions) {
      // An unknown one can only be a view with parameters: the grants decide.
      if (catalog.tableFunctionVerdict(name) === 'refused') return noTableFunction(name)
    }
    return undefined
  },
}

/** First words of the canonical text of what may run. */
const KINDS =
  /^(?:SELECT|WITH|\(|EXPLAIN|DESCRIBE|EXISTS|USE|SET(?! ROLE| DEFAULT| TRANSACTION)|SHOW (?:FULL |EXTENDED |CHANGED |TEMPORARY )*(?:TABLES|DATABASES|DICTIONARIES|COLUMNS|FIELDS|INDEX|INDEXES|INDICES|KEYS|SETTINGS?|FUNCTIONS|ENGINES|CREATE (?!USER|ROLE|QUOTA|ROW|POLICY|SETTINGS|PROFILE|MASKING)))\b/u

const ROOTS =
  /^(?:SelectWithUnionQuery|SelectIntersectExceptQuery|Explain EXPLAIN(?: PLAN| AST| SYNTAX| QUERY TREE| PIPELINE| ESTIMATE)?|DescribeQuery|ShowTables|ShowColumns|ShowIndexes|ShowSetting|ShowFunctions|ShowEngineQuery|ShowCreate(?:Table|View|Database|Dictionary)Query .*|Exists(?:Table|View|Database|Dictionary)Query .*|UseQuery .*|Set)$/u

function refusedKind(tokens: Token[]): ClickHouseError | undefined {
  const start = tokens
    .slice(0, 5)
    .map((token) => (token.quoted ? '?' : token.value))
    .join(' ')
  if (!KINDS.test(start.startsWith('(') ? 'SELECT ' : `${start} `))
    return readsOnly(start.split(' ').slice(0, 2).join(' '))
  const outfile = tokens.some((token, index) => isWord(token, 'INTO') && isWord(tokens[index + 1], 'OUTFILE'))
  return outfile
    ? new ClickHouseError('ACCESS_DENIED', 'default: INTO OUTFILE is not allowed: nothing is written here')
    : undefined
}

/**
 * A refused function's name in any place at all: `APPLY(file)` and `arrayMap(file, ...)` call it without the tree
 * saying so, and a parameter of type Identifier can bring the name.
 */
function refusedName(tokens: Token[], parameters: URLSearchParams, catalog: Catalog): ClickHouseError | undefined {
  for (const token of tokens) {
    if (token.kind === 'name' && catalog.functionVerdict(token.value) === 'refused') return noFunction(token.value)
  }
  for (const [index, token] of tokens.entries()) {
    if (!isWord(token, 'Identifier') || tokens[index - 1]?.value !== ':' || tokens[index - 3]?.value !== '{') continue
    const names = parameters.getAll(`param_${tokens[index - 2]?.value}`).flatMap((value) => value.match(/\w+/gu) ?? [])
    const bad = names.find((name) => catalog.functionVerdict(name) === 'refused')
    if (bad !== undefined) return noFunction(bad)
  }
  return undefined
}

/** Every `name = value` after SETTINGS or SET. */
function refusedSetting(tokens: Token[], catalog: Catalog): ClickHouseError | undefined {
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'name' || tokens[index + 1]?.value !== '=') continue
    const verdict = catalog.settingVerdict(token.value)
    // A setting that is refused is so wherever it stands; other names matter only where settings are given.
    if (verdict === 'refused') return noSetting(token.value)
    if (verdict === 'unknown' && isGivenAsSetting(tokens, index)) return noSetting(token.value)
  }
  return undefined
}

/** Whether only settings stand between this name and the SETTINGS or SET before it. */
function isGivenAsSetting(tokens: Token[], at: number): boolean {
  let depth = 0
  for (let index = at - 1; index >= 0; index -= 1) {
    const token = tokens[index]
    if (token === undefined) return false
    if (token.kind === 'sign' && ')]}'.includes(token.value)) depth += 1
    else if (token.kind === 'sign' && '([{'.includes(token.value)) depth -= 1
    if (depth < 0) return false
    if (depth > 0) continue
    if (isWord(token, 'SETTINGS') || (isWord(token, 'SET') && index === 0)) return true
    if (!token.quoted && CLAUSES.has(token.value)) return false
  }
  return false
}

const CLAUSES: ReadonlySet<string> = new Set(
  'SELECT FROM WHERE PREWHERE HAVING QUALIFY ON BY AND OR NOT LIMIT FORMAT'.split(' '),
)

/** `values('a String ALIAS file(...)', ...)`: only plain names and types may stand in a structure. */
function refusedStructure(tokens: Token[]): ClickHouseError | undefined {
  for (const [index, token] of tokens.entries()) {
    if (
      token.kind !== 'name' ||
      !/^(?:values|sqlstandardvalues)$/iu.test(token.value) ||
      tokens[index + 1]?.value !== '('
    )
      continue
    const first = tokens[index + 2]
    const plain =
      first?.kind === 'number' ||
      first?.value === '(' ||
      first?.value === '-' ||
      (first?.kind === 'text' && isPlain(first.value))
    // A string that is computed or bound could be anything.
    const alone = first?.kind !== 'text' || [',', ')'].includes(tokens[index + 3]?.value ?? '')
    if (!plain || !alone) {
      return new ClickHouseError(
        'ACCESS_DENIED',
        'default: the structure of values() must be a plain list of names and types',
      )
    }
  }
  return undefined
}

function isPlain(structure: string): boolean {
  return !/\b(?:default|alias|materialized|ephemeral|auto_increment|codec|ttl|comment|settings|statistics)\b/iu.test(
    structure,
  )
}

/** Names given with AS: a lambda can have one and be called by it. */
function aliases(tokens: Token[]): Set<string> {
  const names = tokens.filter((token, index) => token.kind === 'name' && isWord(tokens[index - 1], 'AS'))
  return new Set(names.map(({ value }) => value))
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'name' && !token.quoted && token.value === word
}

function readsOnly(what: string): ClickHouseError {
  return new ClickHouseError(
    'READONLY',
    `default: Cannot execute query in readonly mode. ${what.trim()} is not allowed: this port answers SELECT, EXPLAIN, DESCRIBE, SHOW and EXISTS`,
  )
}

function noFunction(name: string): ClickHouseError {
  return new ClickHouseError(
    'ACCESS_DENIED',
    `default: Not enough privileges. Function ${name} is not allowed here, as it reaches beyond the data (a column of that name cannot be used either)`,
  )
}

function noTableFunction(name: string): ClickHouseError {
  return new ClickHouseError(
    'ACCESS_DENIED',
    `default: Not enough privileges. Table function ${name} is not allowed here: it reaches beyond the database`,
  )
}

function noSetting(name: string): ClickHouseError {
  return new ClickHouseError(
    'READONLY',
    `Cannot modify '${name}' setting in readonly mode: it is unknown or reaches beyond output and limits`,
  )
}
