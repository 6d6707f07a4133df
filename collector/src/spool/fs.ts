import { errorCode } from './spool-error.ts'

/**
 * The few file operations the spool uses, and nothing else, so that a simulator can stand in for the disk.
 * Errors are Node's: objects with a `code` such as `ENOSPC`. A promise that rejects may have done part of its work.
 */
export type Fs = {
  /** `create`: new file, mode 0600, EEXIST if it is there. `update`: existing, read and write. `read`: existing. */
  open(path: string, mode: 'create' | 'update' | 'read'): Promise<FsFile>
  /** Replaces `to` atomically; durable only after `syncDir`. */
  rename(from: string, to: string): Promise<void>
  /** Gives the file a second name; EEXIST if it is taken, so of several callers one wins. */
  link(existing: string, added: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Names in a directory, in any order. */
  readdir(path: string): Promise<string[]>
  /** One level, mode 0700; EEXIST if it is there, ENOENT if the parent is not. */
  mkdir(path: string): Promise<void>
  /** Makes created, renamed and removed names of this directory durable. */
  syncDir(path: string): Promise<void>
  statfs(path: string): Promise<FsSpace>
}

/** One open file. All positions and sizes in bytes. */
export type FsFile = {
  /** Reads from `position` into the start of `into`; may be short, 0 at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes at `position`; may be short (a disk that fills up does that), and says how much it wrote. */
  write(bytes: Uint8Array, position: number): Promise<number>
  /** fdatasync: contents and size are durable once this resolves. After it rejected, never trust this file again. */
  datasync(): Promise<void>
  truncate(size: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

/** What statfs tells: `type` is the magic number of the file system, `free` what this user may take. */
export type FsSpace = { type: number; freeBytes: number; totalInodes: number; freeInodes: number }

/** Writes all bytes, however short the single writes are; a write of nothing counts as a full disk. */
export async function writeFully(file: FsFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const written = await file.write(bytes.subarray(done), position + done)
    if (written === 0) throw Object.assign(new Error('ENOSPC: write made no progress'), { code: 'ENOSPC' })
    done += written
  }
}

/** Reads `length` bytes from `position`, fewer only at the end of the file. */
export async function readFully(file: FsFile, position: number, length: number): Promise<Buffer> {
  const into = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const got = await file.read(into.subarray(done), position + done)
    if (got === 0) break
    done += got
  }
  return into.subarray(0, done)
}

/** Fills `[0, size)` with zeros, so that later writes need no new blocks and their fdatasync no metadata. */
export async function writeZeros(file: FsFile, size: number): Promise<void> {
  for (let at = 0; at < size; at += ZEROS.length) {
    await writeFully(file, ZEROS.subarray(0, Math.min(ZEROS.length, size - at)), at)
  }
}

/** Removes a file that may be gone already. */
export async function unlinkIfThere(fs: Fs, path: string): Promise<void> {
  try {
    await fs.unlink(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

// Large enough that a segment takes few calls, small enough to stay in memory for ever.
const ZEROS = new Uint8Array(1024 * 1024)
