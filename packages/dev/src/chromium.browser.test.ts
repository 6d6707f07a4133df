import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findChromium, launchChromium } from './chromium.ts'

let folder: string
let cacheFile: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offertrail-chromium-'))
  cacheFile = join(folder, 'chromium.json')
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test('starts a browser that runs scripts and lays out', async () => {
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    await page.setContent('<p style="width:120px">text</p>')
    expect(await page.evaluate('document.querySelector("p").offsetWidth')).toBe(120)
  } finally {
    await browser.close()
  }
})

test('takes the remembered browser with the libraries it brings', () => {
  vi.stubEnv('CHROMIUM_PATH', undefined)
  const remembered = { path: process.execPath, ldLibraryPath: folder }
  writeFileSync(cacheFile, JSON.stringify({ ...remembered, version: '1' }))
  expect(findChromium(cacheFile)).toEqual(remembered)
})

test('takes CHROMIUM_PATH over the remembered browser, without the libraries of the other', () => {
  vi.stubEnv('CHROMIUM_PATH', '/opt/mine/chrome')
  writeFileSync(cacheFile, JSON.stringify({ path: process.execPath, ldLibraryPath: folder }))
  expect(findChromium(cacheFile)).toEqual({ path: '/opt/mine/chrome' })
})

test('does not answer with a remembered browser that is gone', () => {
  vi.stubEnv('CHROMIUM_PATH', undefined)
  const gone = join(folder, 'gone')
  writeFileSync(cacheFile, JSON.stringify({ path: gone }))
  let answer: string
  try {
    answer = findChromium(cacheFile).path
  } catch (error) {
    answer = String(error)
  }
  expect(answer).not.toBe(gone)
})
