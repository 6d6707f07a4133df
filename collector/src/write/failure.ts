/** What a failed insert means: `data`: a row is wrong, whoever tries; `retry`: the same rows may go in later. */
export type FailureKind = 'data' | 'retry'

/** ClickHouse's codes for rows it can't read or hold; names: `SELECT errorCodeToName(n)`. */
const dataCodes: ReadonlySet<number> = new Set([
  6, 25, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 130, 349, 376, 469, 691,
])

/**
 * Judges an error by ClickHouse's code, never by words. A code that is not known to be about data is retried: a batch that
 * waits loses nothing.
 */
export function failureKind(error: unknown): FailureKind {
  const code = codeOf(error)
  return code !== undefined && dataCodes.has(code) ? 'data' : 'retry'
}

/** ClickHouse's error code; undefined for network errors and the like. */
export function codeOf(error: unknown): number | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? Number(error.code) : Number.NaN
  return Number.isInteger(code) ? code : undefined
}

/**
 * What ClickHouse has against a row: its error's name and the column, if it names one. Never its words: they quote the row, and rows
 * must not reach logs.
 */
export function reasonOf(error: unknown): { reason: string; column: string } {
  const { type, message } = error as { type?: unknown; message?: unknown }
  const text = String(message ?? '')
  const column =
    /\(while reading the value of key (\w{1,64})\): \(at row \d+\)/.exec(text)?.[1] ??
    /Unknown field found while parsing \w+ format: (\w{1,64}): \(at row \d+\)/.exec(text)?.[1] ??
    ''
  return { reason: typeof type === 'string' ? type : `code ${codeOf(error) ?? 'unknown'}`, column }
}
