// Builds the tag: dist/offertrail.js (IIFE for <script>), dist/offertrail.esm.js (npm), dist/stub.js (queue stub), source maps and
// dist/integrity.json. Same sources, same bytes. Types come from `tsc -b`.
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import nodeResolve from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'
import { transform } from 'esbuild'
import { rollup } from 'rollup'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** Syntax of browsers since 2021: what web-vitals itself asks for. */
const target = 'es2021'

const typescript = {
  name: 'typescript',
  async transform(code, id) {
    if (!id.endsWith('.ts')) return null
    return transform(code, { loader: 'ts', target, sourcemap: true, sourcefile: id })
  },
}

/**
 * Takes out of web-vitals what the tag never asks for: soft navigations (routes are page views of our own; nobody observes their
 * entry types) and reports of all changes. The questions are answered at build time, and the code behind them falls away.
 * Fails the build when web-vitals asks differently.
 */
function leanVitals() {
  const answers = [
    [/checkSoftNavsEnabled = \(opts\) => \{[\s\S]*?\n\};/g, 'checkSoftNavsEnabled = () => false;'],
    [/entry\.entryType === '(?:soft-navigation|interaction-contentful-paint)'/g, 'false'],
    [/opts\.reportAllChanges/g, 'false'],
  ]
  const unused = new Set(answers)
  return {
    name: 'lean-vitals',
    transform(code, id) {
      if (!id.includes('/web-vitals/dist/modules/')) return null
      for (const answer of answers) {
        if (answer[0].test(code)) unused.delete(answer)
        code = code.replace(...answer)
      }
      return { code, map: null }
    },
    buildEnd(error) {
      if (!error && unused.size) throw new Error(`web-vitals has changed; see leanVitals in build.mjs: ${[...unused]}`)
    },
  }
}

const minify = terser({
  ecma: 2020,
  module: true,
  compress: { passes: 3, unsafe_arrows: true, unsafe_methods: true, pure_getters: true, keep_fargs: false },
  // What web-vitals' own build does: these are its private members.
  mangle: { properties: { regex: /^_/ } },
  format: { comments: false },
})

const packageJson = JSON.parse(await readFile(`${folder}package.json`, 'utf8'))
const banner = (part) => `/*! Offertrail ${part} ${packageJson.version} (MIT); web-vitals (Apache-2.0) */`

const outputs = {
  tag: ['src/snippet.ts', { file: 'offertrail.js', format: 'iife', banner: banner('tag') }],
  stub: ['src/stub.ts', { file: 'stub.js', format: 'iife' }],
  npm: ['src/index.ts', { file: 'offertrail.esm.js', format: 'es', banner: banner('tracker') }],
}

/** Builds the files (all, or those named; tag and stub always) into `out`; gives the tag's sizes and hashes. */
export async function build(out = `${folder}dist/`, names = Object.keys(outputs)) {
  await mkdir(out, { recursive: true })
  for (const name of names) {
    const [input, output] = outputs[name]
    await bundle(input, { ...output, file: out + output.file })
  }

  const tag = await readFile(`${out}offertrail.js`)
  const stub = (await readFile(`${out}stub.js`, 'utf8')).replace(/\n?(\/\/# sourceMappingURL=.*)?\s*$/, '')
  await writeFile(`${out}stub.js`, stub)
  const facts = {
    version: packageJson.version,
    integrity: `sha384-${digest('sha384', tag)}`,
    bytes: tag.length,
    gzip_bytes: gzipSync(tag, { level: 9 }).length,
    stub: stub,
    stub_csp: `'sha256-${digest('sha256', stub)}'`,
    stub_integrity: `sha384-${digest('sha384', stub)}`,
  }
  await writeFile(`${out}integrity.json`, `${JSON.stringify(facts, null, 2)}\n`)
  return facts
}

/** What to paste into a page. `origin` is the collector's. */
export function snippet({ integrity, stub }, origin = 'https://analytics.example', key = 'wk_YOUR_KEY') {
  return `<script>${stub}</script>
<script async src="${origin}/offertrail.js" data-key="${key}"
  integrity="${integrity}" crossorigin="anonymous"></script>`
}

async function bundle(input, output) {
  const stub = input.endsWith('stub.ts')
  const plugins = [nodeResolve({ exportConditions: ['offertrail-source', 'import', 'default'] }), typescript]
  if (!stub) plugins.push(leanVitals())
  const made = await rollup({ input: folder + input, plugins: [...plugins, minify], onwarn: fail })
  // Paths in the source map are relative to the output, so that the bytes don't depend on where the repository lies.
  await made.write({ ...output, sourcemap: !stub, generatedCode: 'es2015' })
  await made.close()
}

function fail(warning) {
  throw new Error(`tracker build: ${warning.message}`)
}

function digest(algorithm, bytes) {
  return createHash(algorithm).update(bytes).digest('base64')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const facts = await build()
  console.log(`offertrail.js ${facts.bytes} bytes, ${facts.gzip_bytes} gzip; integrity ${facts.integrity}`)
  // The build of the whole says the rest only when somebody asks: nothing of it is to be done at a start.
  if (!process.argv.includes('--brief'))
    console.log(`CSP for the inline stub: script-src ${facts.stub_csp}\n\n${snippet(facts)}`)
}
