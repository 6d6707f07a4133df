import { SchemaError } from './schema-error.ts'
import { splitStatements, tokenize } from './tokens.ts'

/** What `{{name}}` may stand for: settings of the caller, and fragments from `_name.sql` files. */
export interface Replacements {
  /** Undefined: unknown placeholders stay as they are, for whoever only wants to look. */
  vars: Record<string, string> | undefined
  fragments: Map<string, Fragment>
  /** SQL that stands for `{{comment}}`: the file's own title and definition, quoted. */
  comment: string
}

export interface Fragment {
  file: string
  text: string
}

// Not ClickHouse's own {name:Type}, which a parameterized view keeps.
const PLACEHOLDER = /\{\{\s*(\w+)\s*\}\}/g

/**
 * Puts in what the placeholders of a file stand for, quotes included, comments left as they are.
 * @throws SchemaError for a placeholder nobody knows, a fragment that uses itself, or an unsafe value
 */
export function expand(text: string, file: string, replacements: Replacements, above: string[] = []): string {
  return tokenize(text)
    .map((token) => (token.kind === 'comment' ? token.text : expandText(token.text, file, replacements, above)))
    .join('')
}

/** The same for a text that is no SQL, such as a header's definition: only settings are put in. */
export function expandPlain(text: string, file: string, vars: Record<string, string> | undefined): string {
  return expandText(text, file, { vars, fragments: new Map(), comment: '' }, [])
}

function expandText(text: string, file: string, replacements: Replacements, above: string[]): string {
  const { vars, fragments, comment } = replacements
  return text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = vars && Object.hasOwn(vars, name) ? vars[name] : undefined
    if (value !== undefined) return safe(value, name, file)
    if (name === 'comment' && comment !== '') return comment
    const fragment = fragments.get(name)
    if (fragment === undefined) {
      if (vars === undefined) return placeholder
      throw new SchemaError(file, `nothing is known for the placeholder {{${name}}}`)
    }
    if (above.includes(name)) {
      throw new SchemaError(file, `the fragments ${[...above, name].join(' -> ')} use each other in a circle`)
    }
    // Without its comments and last semicolon: it may stand in the middle of a line.
    const [only = '', ...others] = splitStatements(expand(fragment.text, fragment.file, replacements, [...above, name]))
    if (others.length > 0) throw new SchemaError(fragment.file, 'a fragment is a part of a statement, and has no ;')
    return only
  })
}

/** Settings go into statements as they are, so whatever could end a text or a statement is refused. */
function safe(value: string, name: string, file: string): string {
  if (/['"`‘’“”\\;{}$#\n\r\0]|--|\/[*/]/.test(value)) {
    throw new SchemaError(file, `the value ${JSON.stringify(value)} for {{${name}}} may not stand in SQL`)
  }
  return value
}
