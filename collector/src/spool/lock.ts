import { join } from 'node:path'
import { type Fs, readFully, unlinkIfThere, writeFully } from './fs.ts'
import type { ProcessTable } from './process-table.ts'
import { errorCode, SpoolError } from './spool-error.ts'

/**
 * Takes the directory for this process, or throws `spool_locked` with the holder's pid. The lock of a process that is
 * gone (kill -9, power cut) is taken over without anybody's help. Resolves with the function that lets go.
 *
 * Limit: the holder is looked up among the processes we can see. Two containers that share the volume but not the
 * process table cannot see each other.
 */
export async function takeLock(fs: Fs, dir: string, processes: ProcessTable): Promise<() => Promise<void>> {
  const path = join(dir, 'lock')
  const own = join(dir, `lock-${processes.pid}.tmp`)
  const ticket = JSON.stringify({
    pid: processes.pid,
    start_time: processes.startTime(processes.pid) ?? '',
    boot_id: processes.bootId,
  })
  await unlinkIfThere(fs, own)
  const file = await fs.open(own, 'create')
  try {
    await writeFully(file, Buffer.from(ticket), 0)
  } finally {
    await file.close()
  }
  try {
    // A link, not a file opened exclusively: the lock has its content from the first moment it can be seen.
    while (!(await linked(fs, own, path))) {
      const seen = await readText(fs, path)
      if (seen !== undefined) await removeStale(fs, path, seen, processes)
    }
  } finally {
    await unlinkIfThere(fs, own)
  }
  for (const name of await fs.readdir(dir)) {
    const pid = /^lock-(?:stale-)?(\d+)\.tmp$/.exec(name)?.[1]
    if (pid !== undefined && processes.startTime(Number(pid)) === undefined) await unlinkIfThere(fs, join(dir, name))
  }
  return () => unlinkIfThere(fs, path)
}

async function removeStale(fs: Fs, path: string, seen: string, processes: ProcessTable): Promise<void> {
  const pid = holder(seen, processes)
  if (pid !== undefined) {
    throw new SpoolError(
      'spool_locked',
      `another process (pid ${pid}) uses ${path}; stop it or choose another directory`,
    )
  }
  // Moved aside first: if somebody was faster, what we moved is the new holder's lock, and goes back.
  const aside = `${path}-stale-${processes.pid}.tmp`
  try {
    await fs.rename(path, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  if ((await readText(fs, aside)) !== seen) await linked(fs, aside, path)
  await unlinkIfThere(fs, aside)
}

/** The pid of the living process that wrote this lock; undefined when it is gone. */
function holder(text: string, processes: ProcessTable): number | undefined {
  let ticket: unknown
  try {
    ticket = JSON.parse(text)
  } catch {
    // Torn by a power cut: whoever wrote it went down with the machine.
    return undefined
  }
  if (typeof ticket !== 'object' || ticket === null) return undefined
  const { pid, start_time, boot_id } = ticket as Record<string, unknown>
  if (typeof pid !== 'number' || boot_id !== processes.bootId) return undefined
  return processes.startTime(pid) === start_time ? pid : undefined
}

async function linked(fs: Fs, from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

async function readText(fs: Fs, path: string): Promise<string | undefined> {
  try {
    const file = await fs.open(path, 'read')
    try {
      return (await readFully(file, 0, await file.size())).toString()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
