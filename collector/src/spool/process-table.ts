import { readFileSync } from 'node:fs'

/** Who we are and who else runs: enough to tell a living holder of a lock from one that was killed. */
export type ProcessTable = {
  pid: number
  bootId: string
  /** Differs between two processes that had the same pid; undefined when there is no such process. */
  startTime(pid: number): string | undefined
}

/** The processes of this machine, from /proc; elsewhere a pid alone has to do. */
export function nodeProcesses(): ProcessTable {
  return { pid: process.pid, bootId: readOr('/proc/sys/kernel/random/boot_id', 'unknown').trim(), startTime }
}

function startTime(pid: number): string | undefined {
  const stat = readOr(`/proc/${pid}/stat`, '')
  if (stat !== '') {
    // The name in field 2 may hold spaces and brackets, so count from behind it: state is field 3, start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A killed process whose parent has not noticed yet writes no more.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  }
  try {
    process.kill(pid, 0)
    return 'running'
  } catch (error) {
    // EPERM: it runs and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? 'running' : undefined
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // No such process, or no /proc on this system.
    return otherwise
  }
}
