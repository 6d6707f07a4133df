// Takes the pictures of the demo: `node packages/demo/scripts/screenshot.mjs http://127.0.0.1:5000 <folder>`. With no folder
// only screenshot.png is written, the one the README of the repository shows.
import { fileURLToPath } from 'node:url'
import { launchChromium } from '@offertrail/dev/chromium'

const [base = 'http://127.0.0.1:5000', folder] = process.argv.slice(2)
const shown = fileURLToPath(new URL('../screenshot.png', import.meta.url))

const browser = await launchChromium()
const shots = folder
  ? [
      { path: '/demo/', name: 'home', width: 1280 },
      { path: '/demo/', name: 'home-dark', width: 1280, dark: true },
      { path: '/demo/', name: 'home-phone', width: 390 },
      { path: '/demo/jobs?q=engineer', name: 'jobs', width: 1280 },
      { path: '/demo/jobs/frontend-engineer-lumen', name: 'job', width: 1280 },
      { path: '/demo/recommended', name: 'recommended-phone', width: 390 },
      { path: '/demo/recommended', name: 'recommended-dark', width: 1280, dark: true },
      { path: '/demo/resume', name: 'resume', width: 1280 },
      { path: '/demo/jobs/frontend-engineer-lumen/apply', name: 'apply', width: 1280 },
      { path: '/demo/salary', name: 'salary', width: 1280 },
    ]
  : []
shots.push({ path: '/demo/recommended', file: shown, width: 1280 })

for (const { path, name, file = `${folder}/${name}.png`, width, dark = false } of shots) {
  const page = await browser.newPage({ viewport: { width, height: 860 }, colorScheme: dark ? 'dark' : 'light' })
  await page.goto(base + path)
  if (!name?.startsWith('home')) await page.getByRole('button', { name: 'Refuse all' }).click()
  if (path.endsWith('recommended')) await page.locator('.rec').first().waitFor()
  await page.mouse.move(0, 0)
  await page.screenshot({ path: file })
  await page.close()
}
await browser.close()
