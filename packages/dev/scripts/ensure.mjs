// What must be there before anything runs: the right Node, the locked dependencies, the build and, with --chromium, a browser.
// Runs before every `npm start` and `npm test`; with nothing to do it takes a fraction of a second and prints nothing.
// Nothing may be imported above the check of the version: an older Node must come as far as its message.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Offertrail needs Node 20.19 or newer, this is ${process.version}: https://nodejs.org/en/download`)
  process.exit(1)
}

const { spawnSync } = await import('node:child_process')
const { fileURLToPath } = await import('node:url')
const { withLock } = await import('./lib/lock.mjs')
const { install, isInstalled } = await import('./lib/install.mjs')
const { build, lockFolder, needsBuild } = await import('./build.mjs')
const { knownChromium } = await import('./lib/chromium-cache.mjs')

const wantsChromium = process.argv.includes('--chromium')
const isComplete = () => isInstalled() && !needsBuild() && (!wantsChromium || knownChromium() !== undefined)

try {
  if (!isComplete()) await withLock(lockFolder, complete)
} catch (error) {
  console.error(error.message)
  // Tests that could not even be built have failed; whoever reads the last line shall see that.
  if (process.env.npm_lifecycle_event === 'pretest') console.log('0 passed, 1 failed')
  process.exit(1)
}

function complete() {
  if (!isInstalled()) install()
  build()
  if (wantsChromium && !knownChromium()) {
    // In a process of its own, for it changes its environment. Without a browser the tests that need one fail by
    // themselves, each with the reason; the others are still worth running.
    const script = fileURLToPath(new URL('./ensure-chromium.mjs', import.meta.url))
    spawnSync(process.execPath, [script], { stdio: ['ignore', 'inherit', 'inherit'] })
  }
}
