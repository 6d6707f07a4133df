import { parseAst } from 'vitest/node'

/** One import of a file. `typeOnly` is true for `import type`, which leaves nothing behind in the JavaScript. */
export type Import = { specifier: string; typeOnly: boolean; names: string[]; line: number }

/** A global that a file uses, as in `Date.now`, `process.env`, `fetch()` or `new Date()`. */
export type Use = { name: string; line: number }

export type Scan = { imports: Import[]; uses: Use[] }

/** Reads the imports of a source and the globals it uses off its syntax tree, so that comments and strings cannot mislead. */
export function scan(path: string, text: string): Scan {
  const lang = path.endsWith('x') ? 'tsx' : 'ts'
  const found: Scan = { imports: [], uses: [] }
  const lineAt = (node: Node) => text.slice(0, node.start).split('\n').length
  walk(parseAst(text, { lang, sourceType: 'module' }), (node) => {
    const imported = importOf(node)
    if (imported) found.imports.push({ ...imported, line: lineAt(node) })
    for (const name of usesOf(node)) found.uses.push({ name, line: lineAt(node) })
  })
  return found
}

type Node = { type: string; start: number; [key: string]: unknown }

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit)
  } else if (isNode(value)) {
    visit(value)
    for (const child of Object.values(value)) walk(child, visit)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** Static, dynamic, re-exporting and type-position imports, and `require`. */
function importOf(node: Node): Omit<Import, 'line'> | undefined {
  const specifier = stringOf(node.source) ?? (calleeOf(node) === 'require' ? stringOf(argumentsOf(node)[0]) : undefined)
  if (specifier === undefined) return undefined
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier, typeOnly: node.importKind === 'type', names: namesOf(node) }
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return { specifier, typeOnly: node.exportKind === 'type', names: namesOf(node) }
    case 'TSImportType':
      return { specifier, typeOnly: true, names: [] }
    case 'ImportExpression':
    case 'CallExpression':
      return { specifier, typeOnly: false, names: ['*'] }
    default:
      return undefined
  }
}

/** The names taken from a module; `*` stands for all of it, as a namespace or default import gives. */
function namesOf(node: Node): string[] {
  if (node.type === 'ExportAllDeclaration') return ['*']
  return (Array.isArray(node.specifiers) ? node.specifiers : []).map((one: Node) => {
    const name = one.imported ?? one.local
    return ['ImportSpecifier', 'ExportSpecifier'].includes(one.type) && isNode(name)
      ? String(name.name ?? name.value)
      : '*'
  })
}

function usesOf(node: Node): string[] {
  switch (node.type) {
    case 'MemberExpression':
      return dotted(node) ?? []
    case 'CallExpression':
      return calleeOf(node) ? [`${calleeOf(node)}()`] : []
    case 'NewExpression':
      return calleeOf(node) ? [`new ${calleeOf(node)}(${argumentsOf(node).length > 0 ? '…' : ''})`] : []
    case 'VariableDeclarator':
      return destructured(node)
    default:
      return []
  }
}

/** `process.env`, `process['env']` and `globalThis.process.env` alike; undefined for what is not rooted in a name. */
function dotted(node: unknown): string[] | undefined {
  const names = chain(node)
  if (!names) return undefined
  const global = names[0] === 'globalThis' ? names.slice(1) : names
  return [global.join('.')]
}

function chain(node: unknown): string[] | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Identifier') return [String(node.name)]
  if (node.type === 'ChainExpression') return chain(node.expression)
  if (node.type !== 'MemberExpression') return undefined
  const object = chain(node.object)
  const property = node.computed ? stringOf(node.property) : isNode(node.property) && String(node.property.name)
  return object && property ? [...object, property] : undefined
}

/** `const { env } = process` uses `process.env`. */
function destructured({ id, init }: Node): string[] {
  if (!isNode(id) || id.type !== 'ObjectPattern' || !isNode(init) || init.type !== 'Identifier') return []
  return (id.properties as Node[]).flatMap(({ key }) => (isNode(key) ? [`${init.name}.${key.name ?? key.value}`] : []))
}

function calleeOf(node: Node): string | undefined {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return undefined
  return dotted(node.callee)?.[0]
}

function argumentsOf(node: Node): unknown[] {
  return Array.isArray(node.arguments) ? node.arguments : []
}

function stringOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}
