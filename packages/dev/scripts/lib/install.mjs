import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readCache } from './stamps.mjs'
import { root, workspaces } from './workspaces.mjs'

const marker = join(root, 'node_modules', '.ensured')
const DEPENDENCY_FIELDS = [
  'name',
  'version',
  'bin',
  'workspaces',
  'overrides',
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
]

/** Whether node_modules holds what the lock file and all package.json ask for, on this platform. */
export function isInstalled() {
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted()) return true
  if (!installedByHand()) return false
  writeFileSync(marker, wanted())
  return true
}

/** Installs exactly what is locked. Throws when npm fails; npm has then said why. */
export function install() {
  console.log('installing the locked dependencies, about a minute')
  // A user's NODE_ENV=production or omit=dev is meant for something else: without the tools nothing can be built.
  const status = npm(['ci', '--include=dev', '--include=optional'], { env: { ...process.env, NODE_ENV: '' } })
  if (status !== 0) throw new Error(`install: npm ci failed (${status}); what npm said is above`)
  writeFileSync(marker, wanted())
}

/** Runs the npm that runs us (so that both are of one version), or the one on the PATH; its exit code. */
export function npm(args, options = {}) {
  const cli = process.env.npm_execpath
  const own = cli && basename(cli) === 'npm-cli.js'
  const command = own ? [process.execPath, cli, ...args] : ['npm', ...args]
  const result = spawnSync(command[0], command.slice(1), {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: !own && process.platform === 'win32',
    ...options,
  })
  return result.status ?? result.error?.code ?? result.signal
}

/** The hash that the marker must hold: only what decides about an install, so that a new script does not cause one. */
function wanted() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  hash.update(readFileSync(join(root, 'package-lock.json')))
  for (const folder of ['.', ...workspaces()]) {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    hash.update(JSON.stringify(DEPENDENCY_FIELDS.map((field) => manifest[field] ?? null)))
  }
  return hash.digest('hex')
}

// After `npm install` by hand everything is there but our marker. npm writes the list of what it has put down as its last
// act, so when that list agrees with the lock file there is nothing to do again.
function installedByHand() {
  const locked = readCache(join(root, 'package-lock.json'))?.packages
  const present = readCache(join(root, 'node_modules', '.package-lock.json'))?.packages
  if (!locked || !present) return false
  const agrees = (path) =>
    present[path]?.version === locked[path]?.version && present[path]?.link === locked[path]?.link
  const required = Object.keys(locked).filter((path) => path.includes('node_modules/') && !locked[path].optional)
  const linked = workspaces().every((folder) => existsSync(join(root, folder)) && locked[folder])
  return linked && required.every(agrees) && Object.keys(present).every(agrees) && manifestsAgree(locked)
}

function manifestsAgree(locked) {
  return ['', ...workspaces()].every((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].every(
      (field) => canonical(manifest[field]) === canonical(locked[folder]?.[field]),
    )
  })
}

function canonical(dependencies = {}) {
  return JSON.stringify(Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1)))
}
