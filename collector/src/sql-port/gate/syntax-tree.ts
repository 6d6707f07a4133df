/** What `EXPLAIN AST` tells about a statement. */
export interface SyntaxTree {
  /** First words of the first line, such as `SelectWithUnionQuery` or `Explain EXPLAIN PLAN`. */
  root: string
  functions: Set<string>
  /** Functions in the place of a table. */
  tableFunctions: Set<string>
  /** Roots directly below the root; what an EXPLAIN explains is among them. */
  children: string[]
}

/** Reads the indented lines of `EXPLAIN AST`. A newline inside a name can only add lines, never hide one. */
export function readSyntaxTree(dump: string): SyntaxTree {
  const tree: SyntaxTree = { root: '', functions: new Set(), tableFunctions: new Set(), children: [] }
  const lines = dump.split('\n')
  tree.root = label(lines[0] ?? '')
  let above = ''
  for (const line of lines) {
    const called = /^ *Function (?<name>.*?)(?: \(alias .*)?(?: \(children \d+\))?$/u.exec(line)?.groups?.name
    if (called !== undefined) {
      const places = /^ *TableExpression\b/u.test(above) ? tree.tableFunctions : tree.functions
      places.add(called)
    }
    if (/^ \S/u.test(line)) tree.children.push(label(line.slice(1)))
    above = line
  }
  return tree
}

function label(line: string): string {
  return line.replace(/ \(children \d+\)$/u, '').trimEnd()
}
