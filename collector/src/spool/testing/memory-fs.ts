import { basename, dirname } from 'node:path'
import type { Fs, FsFile } from '../fs.ts'

/** One call of the file system, before it happens. `step` counts all calls since the file system was made. */
export type FsStep = { step: number; operation: string; path: string; bytes: number }

/**
 * What to do instead: fail with a system error; write only some bytes (a later write goes on); or stop the process here,
 * after `afterBytes` of a write.
 */
export type FsFault = { error: string } | { shortBytes: number } | { crash: true; afterBytes?: number }

/**
 * `process`: kill -9, what was written stays. `power`: only what was synced is sure; of the rest each sector, and of the
 * names in each directory some first part, survives as `random` (0 to 1) decides: always 0 keeps nothing, near 1 all.
 */
export type Crash = { kind: 'process' } | { kind: 'power'; random: () => number }

export type MemoryFsOptions = { capacityBytes?: number; inodes?: number }

type Change = { at: number; bytes: Uint8Array } | { size: number }
type FileNode = { live: Uint8Array; synced: Uint8Array; unsynced: Change[] }
type Entries = Map<string, FileNode>
type NameChange = (entries: Entries) => void
type Directory = { live: Entries; synced: Entries; unsynced: NameChange[] }

const SECTOR_BYTES = 512

/**
 * A disk in memory that behaves as badly as POSIX allows: file contents survive only after datasync, names only after
 * syncDir, a failed datasync drops what it should have written. `mount()` gives the `Fs` of one process.
 */
export class MemoryFs {
  capacityBytes: number
  inodes: number
  /** Asked before every step. */
  fault: (step: FsStep) => FsFault | undefined = () => undefined
  /** Decides which sectors of a failed datasync are on the disk all the same. */
  random: () => number = () => 0
  steps = 0
  #directories = new Map<string, Directory>([['/', emptyDirectory()]])
  #generation = 0

  constructor(options: MemoryFsOptions = {}) {
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY
    this.inodes = options.inodes ?? Number.POSITIVE_INFINITY
  }

  /** The file system as a new process sees it; of no use after the next `crash`. */
  mount(): Fs {
    const generation = this.#generation
    const step = (operation: string, path: string, bytes = 0) => {
      if (generation !== this.#generation) throw systemError('ECRASHED', path)
      const fault = this.fault({ step: ++this.steps, operation, path, bytes })
      if (fault && 'error' in fault) throw systemError(fault.error, path)
      if (fault && 'crash' in fault && fault.afterBytes === undefined) this.#stop(path)
      return fault
    }
    return {
      open: async (path, mode) => {
        step('open', path)
        const directory = this.#directory(dirname(path))
        let node = directory.live.get(basename(path))
        if (mode === 'create') {
          if (node) throw systemError('EEXIST', path)
          if (this.#files().size + this.#directories.size >= this.inodes) throw systemError('ENOSPC', path)
          node = { live: new Uint8Array(0), synced: new Uint8Array(0), unsynced: [] }
          const created = node
          change(directory, (entries) => entries.set(basename(path), created))
        }
        if (!node) throw systemError('ENOENT', path)
        return this.#file(path, node, step)
      },
      rename: async (from, to) => {
        step('rename', from)
        const directory = this.#directory(dirname(from))
        const node = directory.live.get(basename(from))
        if (!node) throw systemError('ENOENT', from)
        const target = this.#directory(dirname(to))
        if (target === directory) {
          change(directory, (entries) => entries.set(basename(to), node).delete(basename(from)))
        } else {
          change(target, (entries) => entries.set(basename(to), node))
          change(directory, (entries) => entries.delete(basename(from)))
        }
      },
      link: async (existing, added) => {
        step('link', added)
        const node = this.#directory(dirname(existing)).live.get(basename(existing))
        const directory = this.#directory(dirname(added))
        if (!node) throw systemError('ENOENT', existing)
        if (directory.live.has(basename(added))) throw systemError('EEXIST', added)
        change(directory, (entries) => entries.set(basename(added), node))
      },
      unlink: async (path) => {
        step('unlink', path)
        const directory = this.#directory(dirname(path))
        if (!directory.live.has(basename(path))) throw systemError('ENOENT', path)
        change(directory, (entries) => entries.delete(basename(path)))
      },
      readdir: async (path) => {
        step('readdir', path)
        return [...this.#directory(path).live.keys()]
      },
      // Directories are durable at once; what matters is the files in them.
      mkdir: async (path) => {
        step('mkdir', path)
        this.#directory(dirname(path))
        if (this.#directories.has(path)) throw systemError('EEXIST', path)
        this.#directories.set(path, emptyDirectory())
      },
      syncDir: async (path) => {
        step('syncDir', path)
        const directory = this.#directory(path)
        for (const apply of directory.unsynced.splice(0)) apply(directory.synced)
      },
      statfs: async (path) => {
        step('statfs', path)
        const finite = (value: number) => Math.min(value, Number.MAX_SAFE_INTEGER)
        return {
          type: 0xef53,
          freeBytes: finite(Math.max(0, this.capacityBytes - this.#usedBytes())),
          totalInodes: finite(this.inodes),
          freeInodes: finite(Math.max(0, this.inodes - this.#files().size - this.#directories.size)),
        }
      },
    }
  }

  /** Stops the process that has it mounted, and leaves on the disk what that kind of crash leaves. */
  crash(crash: Crash): void {
    this.#generation++
    const files = new Set<FileNode>()
    for (const directory of this.#directories.values()) {
      if (crash.kind === 'process') {
        for (const node of directory.live.values()) files.add(node)
        continue
      }
      const survive = Math.floor(crash.random() * (directory.unsynced.length + 1))
      for (const apply of directory.unsynced.slice(0, survive)) apply(directory.synced)
      directory.unsynced = []
      directory.live = new Map(directory.synced)
      for (const node of directory.live.values()) files.add(node)
    }
    if (crash.kind === 'process') return
    for (const node of files) {
      for (const unsynced of node.unsynced) {
        for (const part of sectors(unsynced)) if (crash.random() >= 0.5) node.synced = changed(node.synced, part)
      }
      node.unsynced = []
      node.live = node.synced.slice()
    }
  }

  /** Changes bytes behind everybody's back, as a bad disk does; `undefined` removes the file. */
  tamper(path: string, edit: (bytes: Uint8Array) => Uint8Array | undefined): void {
    const directory = this.#directory(dirname(path))
    const node = directory.live.get(basename(path))
    if (!node) throw systemError('ENOENT', path)
    const edited = edit(node.live.slice())
    if (edited === undefined) {
      directory.live.delete(basename(path))
      directory.synced.delete(basename(path))
    } else {
      node.live = edited
      node.synced = edited.slice()
      node.unsynced = []
    }
  }

  /** Contents of all files by path, as a process sees them now. */
  files(): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>()
    for (const [path, { live }] of this.#directories) {
      for (const [name, node] of live) found.set(`${path === '/' ? '' : path}/${name}`, node.live)
    }
    return found
  }

  #file(
    path: string,
    node: FileNode,
    step: (operation: string, path: string, bytes?: number) => FsFault | undefined,
  ): FsFile {
    return {
      read: async (into, position) => {
        step('read', path, into.length)
        const bytes = node.live.subarray(position, position + into.length)
        into.set(bytes)
        return bytes.length
      },
      write: async (bytes, position) => {
        const fault = step('write', path, bytes.length)
        let length = bytes.length
        if (fault && 'shortBytes' in fault) length = Math.min(length, fault.shortBytes)
        if (fault && 'crash' in fault) length = Math.min(length, fault.afterBytes ?? 0)
        const growth = position + length - node.live.length
        const room = this.capacityBytes - this.#usedBytes()
        if (growth > room) length -= growth - Math.max(0, room)
        if (length <= 0 && bytes.length > 0 && !fault) throw systemError('ENOSPC', path)
        apply(node, { at: position, bytes: bytes.slice(0, length) })
        if (fault && 'crash' in fault) this.#stop(path)
        return length
      },
      datasync: async () => {
        try {
          step('datasync', path)
        } catch (error) {
          // As Linux does: the pages are marked clean, and the next fsync reports success without having written them.
          // Some of them may have been written before the error.
          for (const part of node.unsynced.splice(0).flatMap(sectors)) {
            if (this.random() >= 0.5) node.synced = changed(node.synced, part)
          }
          throw error
        }
        for (const unsynced of node.unsynced.splice(0)) node.synced = changed(node.synced, unsynced)
      },
      truncate: async (size) => {
        step('truncate', path)
        apply(node, { size })
      },
      size: async () => {
        step('size', path)
        return node.live.length
      },
      close: async () => {
        step('close', path)
      },
    }
  }

  /** The process does nothing more from here on; what is left on the disk is for `crash` to say. */
  #stop(path: string): never {
    this.#generation++
    throw systemError('ECRASHED', path)
  }

  #directory(path: string): Directory {
    const directory = this.#directories.get(path)
    if (!directory) throw systemError('ENOENT', path)
    return directory
  }

  #files(): Set<FileNode> {
    return new Set([...this.#directories.values()].flatMap(({ live }) => [...live.values()]))
  }

  #usedBytes(): number {
    let bytes = 0
    for (const { live } of this.#files()) bytes += live.length
    return bytes
  }
}

function emptyDirectory(): Directory {
  return { live: new Map(), synced: new Map(), unsynced: [] }
}

function change(directory: Directory, apply: NameChange): void {
  apply(directory.live)
  directory.unsynced.push(apply)
}

function apply(node: FileNode, unsynced: Change): void {
  node.live = changed(node.live, unsynced)
  node.unsynced.push(unsynced)
}

/** In place where the size stays, so that small writes to large files are cheap. */
function changed(content: Uint8Array, unsynced: Change): Uint8Array {
  if ('size' in unsynced) {
    const resized = new Uint8Array(unsynced.size)
    resized.set(content.subarray(0, unsynced.size))
    return resized
  }
  const end = unsynced.at + unsynced.bytes.length
  let target = content
  if (end > content.length) {
    target = new Uint8Array(end)
    target.set(content)
  }
  target.set(unsynced.bytes, unsynced.at)
  return target
}

function sectors(unsynced: Change): Change[] {
  if ('size' in unsynced) return [unsynced]
  const parts: Change[] = []
  for (let done = 0; done < unsynced.bytes.length; ) {
    const at = unsynced.at + done
    const length = Math.min(SECTOR_BYTES - (at % SECTOR_BYTES), unsynced.bytes.length - done)
    parts.push({ at, bytes: unsynced.bytes.subarray(done, done + length) })
    done += length
  }
  return parts
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
