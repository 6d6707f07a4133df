// Checks that everything Offertrail needs at run time may be used and passed on freely. Reads the lock file for what belongs to
// a run (not the tools) and each package's own package.json for its licence. Prints the offenders; exit code 1 if any.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAllowed, licenceOf } from './lib/licence.mjs'
import { readCache } from './lib/stamps.mjs'
import { root } from './lib/workspaces.mjs'

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
const shipped = Object.entries(packages).filter(
  ([path, entry]) => path.includes('node_modules/') && !entry.link && !entry.dev && !entry.devOptional,
)

const problems = []
let checked = 0
for (const [path, entry] of shipped) {
  const manifest = readCache(join(root, path, 'package.json'))
  // Binaries for other platforms are not here to be read, and come from the project of the one that is.
  if (!manifest && entry.optional) continue
  const licence = manifest && licenceOf(manifest)
  checked += 1
  if (!manifest) problems.push(`${path}: not installed`)
  else if (!licence || !isAllowed(licence)) problems.push(`${path}: ${licence ?? 'no licence named'}`)
}

if (problems.length > 0)
  console.error(`licences: not on the list of packages/dev/scripts/lib/licence.mjs:\n  ${problems.join('\n  ')}`)
else console.log(`licences: ${checked} packages at run time, all on the list`)
process.exitCode = problems.length > 0 || checked === 0 ? 1 : 0
