import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How commands on this machine reach the collector that runs on a data folder: only who may read the folder can. */
export interface Control {
  url: string
  /** An admin key, good for this run only. */
  token: string
  /** Where people's SQL is answered; absent with a ClickHouse server, and until the embedded engine is there. */
  sql_url?: string
}

/** Leaves the way in for commands; returns how to take it away again. */
export function writeControl(dataDir: string, control: Control): () => void {
  const file = fileOf(dataDir)
  writeFileSync(file, JSON.stringify(control), { mode: 0o600 })
  return () => rmSync(file, { force: true })
}

/** The way in of the collector that was started last on the folder, whether it still runs or not; undefined if it stopped in order. */
export function readControl(dataDir: string): Control | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Control
  } catch {
    // No collector runs here, or it was cut off while it wrote: both mean that there is no way in.
    return undefined
  }
}

export function newControlToken(): string {
  return randomBytes(24).toString('base64url')
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'control.json')
}
