/** Of two floats, the largest difference that rounding explains, as a share. */
const TOLERANCE = 1e-9

type Row = Record<string, unknown>

/** Every cell in which a view differs from what it should say, as sentences; empty when it is right. */
export function differences(view: string, counted: readonly Row[], recounted: readonly Row[]): string[] {
  const grain = grains[view]
  if (!grain) throw new Error(`oracle: nobody said what a row of ${view} is about`)
  const keyOf = (row: Row) => grain.map((column) => `${column} ${JSON.stringify(row[column])}`).join(', ')
  const found: string[] = []
  const rows = new Map(counted.map((row) => [keyOf(row), row]))
  if (rows.size < counted.length) found.push(`${view}: has several rows of one ${grain.join(', ')}`)
  for (const expected of recounted) {
    const row = rows.get(keyOf(expected))
    rows.delete(keyOf(expected))
    if (row) found.push(...cells(expected, row).map((cell) => `${view}: ${keyOf(expected)}: ${cell}`))
    else found.push(`${view}: ${keyOf(expected)} is missing: ${JSON.stringify(expected)}`)
  }
  for (const [key, row] of rows) found.push(`${view}: ${key} should not be there: ${JSON.stringify(row)}`)
  return found
}

const grains: Record<string, string[]> = {
  user_sessions: ['session_id'],
  kpi_sessions_daily: ['date', 'device_type'],
  kpi_feature_adoption: ['date', 'feature_name'],
  kpi_resume_daily: ['date', 'file_type'],
  kpi_user_engagement: ['user_id'],
  kpi_web_vitals_daily: ['date', 'page_path', 'metric'],
  kpi_data_quality_daily: ['date'],
}

/** What a robot says of its device matters to nobody, and nobody wrote it down. */
const unknownOfRobots = ['device_type', 'browser', 'os']

function cells(expected: Row, row: Row): string[] {
  const columns = new Set([...Object.keys(expected), ...Object.keys(row)])
  if (row.is_bot === true) for (const column of unknownOfRobots) columns.delete(column)
  return [...columns]
    .filter((column) => !isSame(expected[column], row[column]))
    .map((column) => `${column} is ${JSON.stringify(row[column])}, should be ${JSON.stringify(expected[column])}`)
}

function isSame(expected: unknown, found: unknown): boolean {
  if (typeof expected === 'number' && typeof found === 'number') {
    return Math.abs(expected - found) <= TOLERANCE * Math.max(1, Math.abs(expected))
  }
  return canonical(expected) === canonical(found)
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'absent'
  return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}
