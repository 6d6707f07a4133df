// Bundles what the browser loads into dist/public: the script, the style sheet, the icon. The server's part is compiled by `tsc -b`.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('.', import.meta.url))

await build({
  entryPoints: {
    app: `${folder}src/browser/main.ts`,
    style: `${folder}src/browser/style.css`,
    icon: `${folder}src/browser/icon.svg`,
  },
  outdir: `${folder}dist/public`,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
  loader: { '.svg': 'copy' },
  logLevel: 'warning',
})
