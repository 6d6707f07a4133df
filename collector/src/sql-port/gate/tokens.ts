/** One piece of a statement in ClickHouse's canonical form. */
export interface Token {
  /** `name`: an identifier or keyword, quoted or not; `text`: a string literal; `sign`: anything else. */
  kind: 'name' | 'text' | 'number' | 'sign'
  /** Without quotes and escapes. */
  value: string
  quoted: boolean
}

/**
 * Cuts a statement that ClickHouse itself has formatted (`formatQuerySingleLine`): no comments, no heredocs, one way
 * of quoting. Returns undefined for anything that is not in that form.
 */
export function tokenize(canonical: string): Token[] | undefined {
  const tokens: Token[] = []
  let at = 0
  while (at < canonical.length) {
    PIECE.lastIndex = at
    const found = PIECE.exec(canonical)
    if (!found) return undefined
    at = PIECE.lastIndex
    const { name, back, double, text, number, sign } = found.groups ?? {}
    if (name !== undefined) tokens.push({ kind: 'name', value: name, quoted: false })
    else if (back !== undefined) tokens.push({ kind: 'name', value: unescapeText(back), quoted: true })
    else if (double !== undefined) tokens.push({ kind: 'name', value: unescapeText(double), quoted: true })
    else if (text !== undefined) tokens.push({ kind: 'text', value: unescapeText(text), quoted: true })
    else if (number !== undefined) tokens.push({ kind: 'number', value: number, quoted: false })
    else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign, quoted: false })
  }
  return tokens
}

const PIECE = new RegExp(
  [
    String.raw`\s+`,
    '(?<name>[A-Za-z_][A-Za-z0-9_]*)',
    '`(?<back>(?:[^`\\\\]|\\\\[\\s\\S]|``)*)`',
    '"(?<double>(?:[^"\\\\]|\\\\[\\s\\S]|"")*)"',
    String.raw`'(?<text>(?:[^'\\]|\\[\s\S]|'')*)'`,
    '(?<number>[0-9][A-Za-z0-9_.]*)',
    // A quote that closes nothing matches none of these, and the statement is not understood.
    '(?<sign>[^\\s\\w\'"`])',
  ].join('|'),
  'uy',
)

const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '0': '\0',
  a: '\x07',
  v: '\v',
  e: '\x1b',
}

function unescapeText(body: string): string {
  return body.replace(
    /\\x([0-9A-Fa-f]{2})|\\([\s\S])|''|""|``/gu,
    (whole, hex: string | undefined, sign: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      if (sign !== undefined) return ESCAPES[sign] ?? sign
      return whole.charAt(0)
    },
  )
}
