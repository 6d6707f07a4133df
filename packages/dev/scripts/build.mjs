// Builds what changed: generated sources, then types and JavaScript (tsc -b), then bundles. Prints a line a step that had
// something to do. `--generate` runs the generators alone, whether or not anything changed.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'
import { withLock } from './lib/lock.mjs'
import { readCache, sameContent, snapshot, writeCache } from './lib/stamps.mjs'
import { cacheFolder, filesIn, root, workspaces } from './lib/workspaces.mjs'

const stampsFile = join(cacheFolder, 'build-stamps.json')

/** The lock that whoever installs or builds holds. */
export const lockFolder = join(cacheFolder, 'ensure.lock')

/** Whether any step of the build has something to do. */
export function needsBuild() {
  const stamps = readCache(stampsFile) ?? {}
  return steps().some((step) => !isCurrent(step, stamps[step.name]))
}

/** Runs the steps whose inputs changed or whose outputs are gone. Throws on the first that fails. */
export function build() {
  for (const step of steps()) {
    const stamps = readCache(stampsFile) ?? {}
    const stamp = stamps[step.name]
    if (isCurrent(step, stamp)) continue
    // Taken before the step runs: what is saved by an editor meanwhile is built the next time.
    const inputs = snapshot(step.inputs(), stamp?.inputs)
    const startedMs = performance.now()
    step.run({ outputsAreGone: !hasOutputs(step, stamp), inputs, before: stamp?.inputs ?? {} })
    const outputs = step.checksOutputs ? snapshot(step.outputs()) : snapshotNames(step.outputs())
    writeCache(stampsFile, { ...stamps, [step.name]: { inputs, outputs } })
    console.log(`${step.name}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  }
}

function isCurrent(step, stamp) {
  return stamp && sameContent(snapshot(step.inputs(), stamp.inputs), stamp.inputs) && hasOutputs(step, stamp)
}

function hasOutputs(step, stamp) {
  if (!stamp) return false
  if (step.checksOutputs) return sameContent(snapshot(step.outputs(), stamp.outputs), stamp.outputs)
  return Object.keys(stamp.outputs).every((path) => existsSync(join(root, path)))
}

/** Generators first, their output is source for the rest; bundles last, they may stand on both. */
function steps() {
  const folders = workspaces()
  return [...folders.flatMap(generateStep), compileStep(folders), ...folders.flatMap(bundleStep)]
}

function generateStep(folder) {
  const script = `${folder}/scripts/generate.mjs`
  if (!existsSync(join(root, script))) return []
  const isGenerated = (path) => path.includes('.generated.')
  return [
    {
      name: `generate ${folder}`,
      inputs: () =>
        relatedFolders(folder)
          .flatMap(filesIn)
          .filter((path) => !isGenerated(path)),
      outputs: () => filesIn(folder).filter(isGenerated),
      checksOutputs: true,
      run: () => run(script),
    },
  ]
}

function compileStep(folders) {
  const isCompiled = /\.([cm]?[jt]s|tsx|json)$/
  return {
    name: 'compile',
    inputs: () => [
      ...folders.flatMap(filesIn).filter((path) => isCompiled.test(path)),
      'tsconfig.json',
      'node_modules/.ensured',
    ],
    outputs: () => folders.flatMap((folder) => distOf(folder)),
    run({ outputsAreGone, inputs, before }) {
      removeOutputsOf(Object.keys(before).filter((path) => !inputs[path]))
      // tsc trusts its .tsbuildinfo and does not look whether the files are still there.
      run('node_modules/typescript/bin/tsc', '-b', ...(outputsAreGone ? ['--force'] : []))
    },
  }
}

function bundleStep(folder) {
  const script = `${folder}/build.mjs`
  if (!existsSync(join(root, script))) return []
  return [
    {
      name: `bundle ${folder}`,
      inputs: () => [...relatedFolders(folder).flatMap(filesIn), 'node_modules/.ensured'],
      outputs: () => distOf(folder),
      run: () => run(script, '--brief'),
    },
  ]
}

/** A workspace and those its tsconfig refers to: what its build can depend on inside this repository. */
function relatedFolders(folder, seen = new Set()) {
  if (seen.has(folder)) return []
  seen.add(folder)
  const { references = [] } = readCache(join(root, folder, 'tsconfig.json')) ?? {}
  return [folder, ...references.flatMap(({ path }) => relatedFolders(normalize(`${folder}/${path}`), seen))]
}

function distOf(folder) {
  return existsSync(join(root, folder, 'dist')) ? filesIn(`${folder}/dist`) : []
}

// Routes are found by looking into a folder: the output of a source that is gone must go as well.
function removeOutputsOf(sources) {
  for (const source of sources) {
    const stem = source.replace('/src/', '/dist/').replace(/\.tsx?$/, '')
    if (stem === source || !source.includes('/src/')) continue
    for (const ending of ['.js', '.js.map', '.d.ts']) rmSync(join(root, stem + ending), { force: true })
  }
}

function snapshotNames(files) {
  return Object.fromEntries(files.map((path) => [path, 1]))
}

function run(script, ...args) {
  const stdio = ['ignore', 'inherit', 'inherit']
  const { status, signal } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio })
  if (status !== 0)
    throw new Error(`build: ${[script, ...args].join(' ')} failed (${status ?? signal}); what it said is above`)
}

function generateAll() {
  for (const folder of workspaces()) for (const step of generateStep(folder)) step.run()
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await withLock(lockFolder, process.argv.includes('--generate') ? generateAll : build)
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
