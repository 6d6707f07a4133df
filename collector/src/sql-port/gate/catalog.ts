import { ask, readerOf, type SqlPortEngine } from '../engine-link.ts'
import { SAFE_CATEGORIES, SAFE_FUNCTIONS, SAFE_TABLE_FUNCTIONS, SYNTAX_FUNCTIONS } from './function-policy.ts'
import { mayBeSet } from './setting-policy.ts'

/** `unknown`: the engine has nothing of that name. */
export type Verdict = 'allowed' | 'refused' | 'unknown'

/** What this very engine can do, judged. Names are compared without regard to case: stricter than the engine. */
export interface Catalog {
  functionVerdict(name: string): Verdict
  tableFunctionVerdict(name: string): Verdict
  settingVerdict(name: string): Verdict
  /** The longest a statement may run, seconds, by the engine's own constraint; undefined when it has none. */
  secondsMax: number | undefined
}

/** Reads the engine's own lists of functions, table functions and settings, and judges each entry. */
export async function loadCatalog(engine: SqlPortEngine): Promise<Catalog> {
  const rows = async <T>(query: string): Promise<T[]> =>
    (await engine.client().query({ query, format: 'JSONEachRow' })).json<T>()
  const functions = await rows<FunctionRow>(
    'SELECT name, is_aggregate, alias_to, categories, toString(origin) AS origin FROM system.functions',
  )
  const combinators = await rows<{ name: string }>('SELECT name FROM system.aggregate_function_combinators')
  const tableFunctions = await rows<{ name: string }>('SELECT name FROM system.table_functions')
  const settings = await rows<{ name: string; type: string; alias_for: string }>(
    'SELECT name, type, alias_for FROM system.settings',
  )
  const secondsMax = await readSecondsMax(engine)
  return createCatalog({
    secondsMax,
    functions,
    combinators: combinators.map(({ name }) => name),
    tableFunctions: tableFunctions.map(({ name }) => name),
    settings,
  })
}

interface FunctionRow {
  name: string
  is_aggregate: number
  alias_to: string
  categories: string
  origin: string
}

async function readSecondsMax(engine: SqlPortEngine): Promise<number | undefined> {
  const sql = "SELECT max FROM system.settings WHERE name = 'max_execution_time' FORMAT TSVRaw"
  const asked = { sql, parameters: new URLSearchParams(), headers: {}, signal: AbortSignal.timeout(ANSWER_MS_MAX) }
  const seconds = Number.parseFloat(await ask(readerOf(engine), asked, ANSWER_BYTES_MAX))
  return seconds > 0 ? seconds : undefined
}

const ANSWER_MS_MAX = 10_000
const ANSWER_BYTES_MAX = 1_000

function createCatalog(lists: {
  secondsMax: number | undefined
  functions: FunctionRow[]
  combinators: string[]
  tableFunctions: string[]
  settings: { name: string; type: string; alias_for: string }[]
}): Catalog {
  const byName = new Map(lists.functions.map((row) => [row.name, row]))
  const verdicts = new Map<string, Verdict>([...SYNTAX_FUNCTIONS].map((name) => [name.toLowerCase(), 'allowed']))
  const aggregates = new Set<string>()
  for (const row of lists.functions) {
    const name = row.name.toLowerCase()
    // Two functions may differ in case only (`file`, `FILE`): the name is refused if either is.
    if (verdicts.get(name) !== 'refused') verdicts.set(name, isSafe(row, byName) ? 'allowed' : 'refused')
    if (row.is_aggregate) aggregates.add(name)
  }
  const tableNames = new Set(lists.tableFunctions.map((name) => name.toLowerCase()))
  const types = new Map(lists.settings.map((row) => [row.name, row]))

  return {
    secondsMax: lists.secondsMax,
    functionVerdict(name) {
      const known = verdicts.get(name.toLowerCase())
      if (known) return known
      return isCombined(name, aggregates, lists.combinators) ? 'allowed' : 'unknown'
    },
    tableFunctionVerdict(name) {
      if (SAFE_TABLE_FUNCTIONS.has(name.toLowerCase())) return 'allowed'
      return tableNames.has(name.toLowerCase()) ? 'refused' : 'unknown'
    },
    settingVerdict(name) {
      const row = types.get(name)
      if (!row) return 'unknown'
      const both = [row.name, row.alias_for].filter((known) => known !== '')
      return both.every((known) => mayBeSet(known, row.type)) ? 'allowed' : 'refused'
    },
  }
}

function isSafe(row: FunctionRow, byName: Map<string, FunctionRow>): boolean {
  if (row.origin === 'SQLUserDefined') return true // Made of other functions by an administrator; nobody else can.
  if (row.origin !== 'System') return false // Runs a program.
  const real = row.alias_to === '' ? row : byName.get(row.alias_to)
  if (!real) return false
  return real.is_aggregate === 1 || SAFE_CATEGORIES.has(real.categories) || SAFE_FUNCTIONS.has(real.name)
}

/** `sumIfState` is `sum` with `If` and `State`. */
function isCombined(name: string, aggregates: Set<string>, combinators: string[]): boolean {
  if (aggregates.has(name.toLowerCase())) return true
  return combinators.some(
    (suffix) =>
      name.length > suffix.length &&
      name.endsWith(suffix) &&
      isCombined(name.slice(0, -suffix.length), aggregates, combinators),
  )
}
