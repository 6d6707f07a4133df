import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { type Import, type Scan, scan } from './scan.ts'

/** A source file: its path from the root of the repository, with forward slashes, and its text. */
export type SourceFile = { path: string; text: string }

/** Where a file knows something it must not know: `path:line` and what it did. */
export type Violation = { at: string; what: string }

/**
 * Checks who knows whom. Test files are free to know what they test with; all others must keep to the rules below.
 * @returns every violation, in the order of the files; an empty list when the house is in order.
 */
export function checkEdges(files: SourceFile[]): Violation[] {
  const parsed = files.filter(({ path }) => !isTest(path)).map(({ path, text }) => ({ path, ...scan(path, text) }))
  const pure = reachedFrom(parsed, (path) => path.startsWith('collector/src/ingest/'))
  return parsed.flatMap((file) => [
    ...workspaceEdges(file),
    ...clientEdges(file),
    ...spoolEdges(file),
    ...folderEdges(file),
    ...environmentEdges(file),
    ...(pure.has(file.path) ? purity(file) : []),
  ])
}

/** The `@offertrail/…` packages that a workspace may name among its dependencies, or all of them. */
export function mayDependOn(workspace: string, other: string): boolean {
  const known = MAY_KNOW[workspace]
  return known === 'all' || (known ?? []).includes(other)
}

/** The workspace that a path lies in: `collector`, or `tracker` for `packages/tracker/…`. */
export function workspaceOf(path: string): string {
  const [top = '', name = ''] = path.split('/')
  return top === 'packages' ? name : top
}

type ParsedFile = Scan & { path: string }

// A workspace that is not listed knows nobody. Nobody lists dev, e2e, bench and demo: what ships does not stand on them.
const MAY_KNOW: Record<string, string[] | 'all'> = {
  contract: [],
  tracker: ['contract'],
  node: ['contract'],
  clickhouse: [],
  collector: ['contract', 'clickhouse'],
  dashboard: [],
  demo: 'all',
  dev: 'all',
  e2e: 'all',
  bench: 'all',
}

function workspaceEdges(file: ParsedFile): Violation[] {
  const own = workspaceOf(file.path)
  return file.imports.flatMap((one) => {
    const local = localTarget(file.path, one.specifier)
    if (local !== undefined) {
      const leaves = workspaceOf(local) !== own
      return leaves ? [violation(file, one, `reaches into ${local}; import the package by its name`)] : []
    }
    if (own === 'tracker' && packageOf(one.specifier) === 'zod' && !one.typeOnly) {
      return [violation(file, one, 'puts zod into the bundle of the page')]
    }
    const other = /^@offertrail\/([^/]+)/.exec(one.specifier)?.[1]
    if (other === undefined || other === own) return []
    if (!mayDependOn(own, other)) return [violation(file, one, `${own} must not know ${other}`)]
    const bringsZod = own === 'tracker' && !one.typeOnly && one.specifier !== '@offertrail/contract/limits'
    return bringsZod ? [violation(file, one, 'tracker takes only types and @offertrail/contract/limits')] : []
  })
}

// Whoever writes to or reads from ClickHouse; everything else goes through them. The last four may know all.
const MAY_KNOW_CLIENT =
  /^(collector\/src\/(write\/sink|read\/|(.+\/)?(sql-port|engine)([./-]))|clickhouse\/|packages\/(demo|dev|e2e|bench)\/)/

function clientEdges(file: ParsedFile): Violation[] {
  if (MAY_KNOW_CLIENT.test(file.path)) return []
  return file.imports
    .filter(({ specifier }) => specifier.startsWith('@clickhouse/'))
    .map((one) => violation(file, one, 'only the sink, the read side and the engine import the ClickHouse client'))
}

function spoolEdges(file: ParsedFile): Violation[] {
  if (!file.path.startsWith('collector/src/spool/')) return []
  return file.imports
    .filter(({ specifier }) => {
      const name = packageOf(specifier)
      return isFastify(name) || isHttp(name) || name === 'zod' || /^@(clickhouse|offertrail)\/(?!contract$)/.test(name)
    })
    .map((one) => violation(file, one, 'the spool knows nothing of HTTP, zod or ClickHouse'))
}

// These put the parts together; every other folder of the collector is one capability.
const WIRING = new Set(['routes', 'cli', 'plugins'])

function folderEdges(file: ParsedFile): Violation[] {
  const from = folderOf(file.path)
  if (from === undefined || WIRING.has(from)) return []
  return file.imports.flatMap((one) => {
    const target = localTarget(file.path, one.specifier)
    const to = target === undefined ? undefined : folderOf(target)
    if (target === undefined || to === undefined || to === from) return []
    const door = [`collector/src/${to}/index.ts`, `collector/src/${to}/${to}.ts`]
    return door.includes(target)
      ? []
      : [violation(file, one, `reaches into ${target}; its door is ${door.join(' or ')}`)]
  })
}

/** The capability that a file of the collector belongs to; undefined for the files beside the folders. */
function folderOf(path: string): string | undefined {
  return /^collector\/src\/([^/]+)\/./.exec(path)?.[1]
}

const MAY_READ_ENVIRONMENT = /^(collector\/src\/(config\.ts$|cli\/)|packages\/(dev|e2e|bench)\/|clickhouse\/)/

function environmentEdges(file: ParsedFile): Violation[] {
  if (MAY_READ_ENVIRONMENT.test(file.path)) return []
  const what = 'reads the environment; that is for collector/src/config.ts'
  return [
    ...file.uses.filter(({ name }) => name === 'process.env').map((one) => violation(file, one, what)),
    ...file.imports
      .filter(({ specifier, names }) => packageOf(specifier) === 'process' && names.some(isEnvironment))
      .map((one) => violation(file, one, what)),
  ]
}

function isEnvironment(name: string): boolean {
  return name === 'env' || name === '*'
}

const IMPURE_BUILTINS = new Set([
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'fs',
  'http',
  'http2',
  'https',
  'net',
  'os',
  'perf_hooks',
  'process',
  'readline',
  'timers',
  'tls',
  'worker_threads',
])
const IMPURE_PACKAGES = /^(uuidv7|undici|pino|@clickhouse\/.*|@offertrail\/clickhouse|playwright)$/
const IMPURE_USES =
  /^(Date\.now|Date\(\)|new Date\(\)|performance\.now|performance\.timeOrigin|Math\.random|crypto\.(randomUUID|getRandomValues)|process\.(env|hrtime|uptime|cwd)|fetch\(\)|new (WebSocket|EventSource|XMLHttpRequest|Worker)\(.*\)|(set(Timeout|Interval|Immediate)|queueMicrotask)\(\))$/

function purity(file: ParsedFile): Violation[] {
  const where = file.path.startsWith('collector/src/ingest/') ? 'ingest' : 'ingest stands on this file and'
  const impure = (one: Import) => {
    const name = packageOf(one.specifier)
    if (isFastify(name) || IMPURE_BUILTINS.has(name) || IMPURE_PACKAGES.test(name)) return true
    return name === 'crypto' && one.names.some((taken) => taken === '*' || /random|generate|webcrypto/i.test(taken))
  }
  return [
    ...file.imports
      .filter((one) => !one.typeOnly && impure(one))
      .map((one) => violation(file, one, `${where} must be free of clock, network, disk, randomness and Fastify`)),
    ...file.uses
      .filter(({ name }) => IMPURE_USES.test(name))
      .map((one) => violation(file, one, `${where} must be free of clock, network, disk and randomness`)),
  ]
}

/** The files that match, and all that they load by way of relative imports. */
function reachedFrom(files: ParsedFile[], matches: (path: string) => boolean): Set<string> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set(files.map(({ path }) => path).filter(matches))
  for (const path of reached) {
    for (const { specifier, typeOnly } of byPath.get(path)?.imports ?? []) {
      const target = localTarget(path, specifier)
      if (!typeOnly && target !== undefined && byPath.has(target)) reached.add(target)
    }
  }
  return reached
}

function localTarget(from: string, specifier: string): string | undefined {
  return /^\.\.?(\/|$)/.test(specifier) ? posix.join(posix.dirname(from), specifier) : undefined
}

/** `fs` for `node:fs/promises`, `@scope/name` for `@scope/name/sub`, `name` for `name/sub`. */
function packageOf(specifier: string): string {
  const parts = specifier.replace(/^node:/, '').split('/')
  if (isBuiltin(specifier)) return parts[0] ?? ''
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

function isFastify(name: string): boolean {
  return name === 'fastify' || name.startsWith('fastify-') || name.startsWith('@fastify/')
}

function isHttp(name: string): boolean {
  return ['http', 'https', 'http2', 'net', 'undici'].includes(name)
}

// Helpers of tests stand in a folder or file called testing.
function isTest(path: string): boolean {
  return /\.test\.[cm]?tsx?$|\/testing(\/|\.[cm]?ts$)/.test(path)
}

function violation(
  file: ParsedFile,
  { line, ...one }: { line: number; specifier?: string; name?: string },
  what: string,
): Violation {
  return { at: `${file.path}:${line}`, what: `${one.specifier ?? one.name}: ${what}` }
}
