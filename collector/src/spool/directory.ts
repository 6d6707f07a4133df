import { dirname } from 'node:path'
import type { Fs } from './fs.ts'
import { errorCode } from './spool-error.ts'

/** Makes a directory and its missing ancestors; each new name is durable before the next one is made in it. */
export async function makeDirectory(fs: Fs, path: string): Promise<void> {
  const parent = dirname(path)
  let made = await makeOne(fs, path)
  if (made === 'no parent' && parent !== path) {
    await makeDirectory(fs, parent)
    made = await makeOne(fs, path)
  }
  if (made === 'no parent') throw Object.assign(new Error(`ENOENT: cannot make ${path}`), { code: 'ENOENT' })
  if (made === 'made') await fs.syncDir(parent)
}

async function makeOne(fs: Fs, path: string): Promise<'made' | 'there' | 'no parent'> {
  try {
    await fs.mkdir(path)
    return 'made'
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST') return 'there'
    if (code === 'ENOENT') return 'no parent'
    throw error
  }
}

/** A sentence for each reason not to trust the file system under `path` with accepted data. */
export async function unreliableFileSystem(fs: Fs, path: string): Promise<string[]> {
  const name = UNRELIABLE.get((await fs.statfs(path)).type)
  if (name === undefined) return []
  return [
    `spool: ${path} is on ${name}, which may lose accepted events in a power cut or with the container; use a local disk`,
  ]
}

/** Magic numbers as in statfs(2). */
const UNRELIABLE = new Map([
  [0x01021994, 'tmpfs (memory)'],
  [0x858458f6, 'ramfs (memory)'],
  [0x794c7630, 'overlayfs (goes with its container)'],
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE'],
])
