import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Header, readHeader } from './header.ts'
import { expand, expandPlain, type Fragment, type Replacements } from './placeholders.ts'
import { SchemaError } from './schema-error.ts'
import { type ObjectKind, parseCreate, quote, withComment } from './statement.ts'
import { splitStatements } from './tokens.ts'

/** A file of tables/ or kpis/, its placeholders filled in. */
export interface SchemaFile {
  /** `tables/user_sessions.sql` */
  file: string
  folder: 'table' | 'kpi'
  /** `user_sessions` */
  name: string
  header: Header
  objects: SchemaObject[]
}

/** One object of the database, as a file asks for it. */
export interface SchemaObject {
  name: string
  kind: ObjectKind
  file: string
  statement: string
  sha256: string
}

/** The folder that holds tables/, kpis/ and migrations/. */
export type SchemaRoot = URL | string

const FOLDERS = [
  { path: 'tables', kind: 'table', keys: ['title', 'definition'] },
  { path: 'kpis', kind: 'kpi', keys: ['title', 'unit', 'definition', 'grain'] },
] as const

/**
 * Reads all files, in the order in which their statements may run: tables, then KPIs, by name, but never before what
 * they need.
 * @throws SchemaError naming the file and what is wrong with it
 */
export function readSchema(root: SchemaRoot, vars: Record<string, string> | undefined): SchemaFile[] {
  const path = rootPath(root)
  const sources = FOLDERS.flatMap(({ path: folder }) => listSql(path, folder))
  const fragments = new Map<string, Fragment>()
  for (const file of sources.filter(isFragment)) {
    fragments.set(basename(file, '.sql').slice(1), { file, text: readFileSync(join(path, file), 'utf8') })
  }
  const files = sources
    .filter((file) => !isFragment(file))
    .map((file) => readFile(file, readFileSync(join(path, file), 'utf8'), { vars, fragments }))
  assertUnique(files)
  return inOrder(files)
}

export function rootPath(root: SchemaRoot): string {
  return root instanceof URL ? fileURLToPath(root) : root
}

/** The .sql files of one folder, as `folder/file.sql`, by name; none when there is no such folder. */
export function listSql(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name) => `${folder}/${name}`)
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function isFragment(file: string): boolean {
  return basename(file).startsWith('_')
}

function readFile(file: string, text: string, replacements: Omit<Replacements, 'comment'>): SchemaFile {
  const folder = FOLDERS.find(({ path }) => file.startsWith(`${path}/`)) ?? FOLDERS[0]
  const header = Object.fromEntries(
    Object.entries(readHeader(text)).map(([key, value]) => [key, expandPlain(value, file, replacements.vars)]),
  )
  const missing = folder.keys.filter((key) => !header[key])
  if (missing.length > 0) {
    throw new SchemaError(file, `its first comment lines lack ${missing.map((key) => `"-- ${key}: ..."`).join(', ')}`)
  }
  // What a person sees in the database is the file's own definition.
  const comment = `${header.title}. ${header.definition}`
  const statements = splitStatements(expand(text, file, { ...replacements, comment: quote(comment) }))
  if (statements.length === 0) throw new SchemaError(file, 'there is no statement in it')
  const objects = statements.map((text): SchemaObject => {
    const { kind, name } = parseCreate(text, file)
    const statement = kind === 'materialized_view' ? text : withComment(text, comment)
    return { name, kind, file, statement, sha256: sha256(statement) }
  })
  return { file, folder: folder.kind, name: basename(file, '.sql'), header, objects }
}

function assertUnique(files: SchemaFile[]): void {
  const owners = new Map<string, string>()
  const claim = (what: string, file: string): void => {
    const other = owners.get(what)
    if (other !== undefined) throw new SchemaError(file, `${what} is in ${other} already`)
    owners.set(what, file)
  }
  for (const { name, file, objects } of files) {
    claim(`a file named ${name}`, file)
    for (const object of objects) claim(`the object ${object.name}`, file)
  }
}

/** Depth first along `needs`, otherwise as given. */
function inOrder(files: SchemaFile[]): SchemaFile[] {
  const byName = new Map(files.map((file) => [file.name, file]))
  const ordered = new Set<SchemaFile>()
  const visit = (file: SchemaFile, above: SchemaFile[]): void => {
    if (ordered.has(file)) return
    if (above.includes(file)) {
      throw new SchemaError(file.file, `${[...above, file].map(({ name }) => name).join(' needs ')}: a circle`)
    }
    for (const name of needsOf(file)) {
      const needed = byName.get(name)
      if (needed === undefined) throw new SchemaError(file.file, `it needs ${name}, and there is no such file`)
      visit(needed, [...above, file])
    }
    ordered.add(file)
  }
  for (const file of files) visit(file, [])
  return [...ordered]
}

function needsOf(file: SchemaFile): string[] {
  const names = (file.header.needs ?? '').split(',').map((name) => basename(name.trim(), '.sql'))
  return names.filter((name) => name !== '')
}
