import * as fs from 'node:fs/promises'
import type { Fs, FsFile } from './fs.ts'

/** The real disk. Files are 0600 and directories 0700: the spool holds personal data. */
export const nodeFs: Fs = {
  async open(path, mode) {
    return nodeFile(await fs.open(path, FLAGS[mode], 0o600))
  },
  rename: fs.rename,
  link: fs.link,
  unlink: fs.unlink,
  readdir: (path) => fs.readdir(path),
  mkdir: async (path) => {
    await fs.mkdir(path, { mode: 0o700 })
  },
  async syncDir(path) {
    const directory = await fs.open(path, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  },
  async statfs(path) {
    const space = await fs.statfs(path)
    return {
      type: space.type,
      freeBytes: space.bavail * space.bsize,
      totalInodes: space.files,
      freeInodes: space.ffree,
    }
  },
}

const FLAGS = { create: 'wx+', update: 'r+', read: 'r' }

function nodeFile(handle: fs.FileHandle): FsFile {
  return {
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    datasync: () => handle.datasync(),
    truncate: (size) => handle.truncate(size),
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  }
}
