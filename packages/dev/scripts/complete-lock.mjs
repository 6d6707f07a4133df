// Completes package-lock.json with the platform packages that the registry it was written against did not have.
//
// A package such as rollup or chdb brings its binary as one optional dependency a platform. `npm install` leaves out of
// the lock file what the registry (a mirror, say) does not hold, and `npm ci` then refuses the lock file with
// "Missing: … from lock file". Their versions are exact in the parent and their platform is in their name, so the entry can be
// written without asking anyone; npm fetches it only on that platform. Run after every `npm install` that changes the lock.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const file = fileURLToPath(new URL('../../../package-lock.json', import.meta.url))
const lock = JSON.parse(readFileSync(file, 'utf8'))
const added = []

for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    const platform = platformOf(name)
    if (lock.packages[path] || !platform || !/^\d/.test(version)) continue
    const { cpu, libc, os } = platform
    lock.packages[path] = { version, cpu, dev: entry.dev, libc, optional: true, os }
    added.push(`${name}@${version}`)
  }
}

if (added.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`package-lock.json: added ${added.length} platform packages`)
}

/** The `os`, `cpu` and `libc` that a name such as `@rollup/rollup-linux-arm64-musl` says, or undefined. */
function platformOf(name) {
  const match =
    /-(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name)
  if (!match) return undefined
  const [, os, cpu, abi] = match
  const libc = os === 'linux' && abi ? [abi === 'musl' ? 'musl' : 'glibc'] : undefined
  return { cpu: [cpu], libc, os: [os] }
}
