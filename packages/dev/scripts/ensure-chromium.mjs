// Finds a Chromium that starts and renders, or gets one, and writes it into .cache/chromium.json. In this order: CHROMIUM_PATH,
// an installed one, Playwright's, one from the npm registry, one from apt. CHROMIUM_SKIP=system,playwright leaves ways out.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright'
import { rememberChromium } from './lib/chromium-cache.mjs'
import { npm } from './lib/install.mjs'
import { cacheFolder, root } from './lib/workspaces.mjs'

// Playwright's archive is some 170 MB: enough for a slow line, while a blocked one fails by itself within seconds.
const DOWNLOAD_TIMEOUT_MS = 180_000
const START_TIMEOUT_MS = 30_000

// The last word on soft navigations and the first that starts without a single package of the system (it brings the
// libraries it needs); its engines field asks for a newer Node, but runs on 20.19.
const NPM_PACKAGE = '@sparticuz/chromium@153.0.0'

const ways = { env: fromEnvironment, system: fromSystem, playwright: fromPlaywright, npm: fromNpm, apt: fromApt }

process.exitCode = (await ensureChromium()) ? 0 : 1

async function ensureChromium() {
  const skipped = new Set((process.env.CHROMIUM_SKIP ?? '').split(','))
  const failures = []
  for (const [source, find] of Object.entries(ways)) {
    if (skipped.has(source)) continue
    try {
      const found = await find()
      if (!found) continue
      const version = await startAndRender(found)
      rememberChromium({ ...found, version, source })
      console.log(`Chromium ${version} for the tests: ${found.path}`)
      return true
    } catch (error) {
      failures.push(`  ${source}: ${error.message.split('\n', 1)[0]}`)
    }
  }
  console.error(['no Chromium could be had, tests in a browser will fail:', ...failures].join('\n'))
  console.error('install one (apt-get install chromium) or set CHROMIUM_PATH to one')
  return false
}

/** Starts the browser, lays out a page and paints it; its version. Throws when any of that fails. */
async function startAndRender({ path, ldLibraryPath }) {
  const env = ldLibraryPath ? { ...process.env, LD_LIBRARY_PATH: ldLibraryPath } : process.env
  const browser = await chromium.launch({ executablePath: path, env, timeout: START_TIMEOUT_MS })
  try {
    const page = await browser.newPage()
    await page.setContent('<p style="height:40px;background:red">rendered</p>')
    const text = await page.textContent('p')
    const box = await page.locator('p').boundingBox()
    const picture = await page.screenshot()
    if (text !== 'rendered' || box?.height !== 40 || picture.length === 0)
      throw new Error('it starts but renders nothing')
    return browser.version()
  } finally {
    await browser.close()
  }
}

function fromEnvironment() {
  const path = process.env.CHROMIUM_PATH
  if (path && !existsSync(path)) throw new Error(`CHROMIUM_PATH=${path} does not exist`)
  return path ? { path } : undefined
}

function fromSystem() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const paths = [
    ...names.flatMap((name) => ['/usr/bin', ...folders].map((folder) => join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ]
  const path = paths.find((candidate) => existsSync(candidate))
  return path ? { path } : undefined
}

function fromPlaywright() {
  const path = chromium.executablePath()
  if (!existsSync(path)) {
    const cli = join(dirname(createRequire(import.meta.url).resolve('playwright/package.json')), 'cli.js')
    // The full browser, for tests of back/forward cache and page lifecycle: the headless shell differs there.
    const { status } = spawnSync(process.execPath, [cli, 'install', '--no-shell', 'chromium'], {
      timeout: DOWNLOAD_TIMEOUT_MS,
      stdio: 'ignore',
    })
    if (status !== 0 || !existsSync(path)) throw new Error('the download from Playwright failed')
  }
  return { path }
}

async function fromNpm() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const folder = join(cacheFolder, 'chromium')
  mkdirSync(folder, { recursive: true })
  // npm would otherwise take the repository, the next folder up with a package.json, for the project.
  const status = npm(['install', '--prefix', folder, '--no-save', '--loglevel=error', NPM_PACKAGE], {
    stdio: 'ignore',
    cwd: folder,
  })
  if (status !== 0) throw new Error(`npm could not install ${NPM_PACKAGE} (${status})`)
  // It unpacks into a fixed place below TMPDIR and takes what lies there for its own; the two others make it unpack its libraries.
  rmSync(join(folder, 'unpacked'), { recursive: true, force: true })
  mkdirSync(join(folder, 'unpacked'))
  const before = process.env.LD_LIBRARY_PATH
  Object.assign(process.env, {
    TMPDIR: join(folder, 'unpacked'),
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
    AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x',
  })
  const entry = createRequire(join(folder, 'package.json')).resolve('@sparticuz/chromium')
  const { default: packaged } = await import(pathToFileURL(entry).href)
  const path = await packaged.executablePath()
  const ldLibraryPath = process.env.LD_LIBRARY_PATH
  return ldLibraryPath && ldLibraryPath !== before ? { path, ldLibraryPath } : { path }
}

function fromApt() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore', cwd: root }
  spawnSync('apt-get', ['update', '-qq'], options)
  const args = ['install', '-y', '-qq', '--no-install-recommends', 'chromium']
  const { status } = spawnSync('apt-get', args, options)
  if (status !== 0) throw new Error('apt-get could not install chromium')
  return { path: '/usr/bin/chromium' }
}
