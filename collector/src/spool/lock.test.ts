import { describe, expect, it } from 'vitest'
import { takeLock } from './lock.ts'
import { MemoryFs } from './testing/memory-fs.ts'

/** Processes that run, by pid; started at `start-<pid>`. */
const seenBy = (pid: number, running: number[], bootId = 'boot-1') => ({
  pid,
  bootId,
  startTime: (other: number) => (running.includes(other) ? `start-${other}` : undefined),
})

async function disk() {
  const memory = new MemoryFs()
  await memory.mount().mkdir('/spool')
  return memory
}

describe('takeLock', () => {
  it('lets one in at a time', async () => {
    const memory = await disk()
    const unlock = await takeLock(memory.mount(), '/spool', seenBy(1, [1, 2]))
    await expect(takeLock(memory.mount(), '/spool', seenBy(2, [1, 2]))).rejects.toMatchObject({ code: 'spool_locked' })
    await unlock()
    await takeLock(memory.mount(), '/spool', seenBy(2, [1, 2]))
  })

  it('lets exactly one of many in that find a stale lock together', async () => {
    const memory = await disk()
    await takeLock(memory.mount(), '/spool', seenBy(1, [1]))
    const pids = [2, 3, 4, 5, 6]
    const results = await Promise.allSettled(pids.map((pid) => takeLock(memory.mount(), '/spool', seenBy(pid, pids))))
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1)
  })

  it.each([
    ['of a process that is gone', '{"pid":1,"start_time":"start-1","boot_id":"boot-1"}', [2]],
    ['of another process with the same pid', '{"pid":1,"start_time":"yesterday","boot_id":"boot-1"}', [1, 2]],
    ['of another boot', '{"pid":1,"start_time":"start-1","boot_id":"boot-0"}', [1, 2]],
    ['torn by a power cut', '{"pid":', [1, 2]],
    ['that is empty', '', [1, 2]],
  ])('takes over a lock %s, and cleans up behind it', async (_what, content, running) => {
    const memory = await disk()
    const fs = memory.mount()
    const file = await fs.open('/spool/lock', 'create')
    if (content !== '') await file.write(Buffer.from(content), 0)
    await fs.open('/spool/lock-77.tmp', 'create')
    await takeLock(fs, '/spool', seenBy(2, running))
    expect([...memory.files().keys()]).toEqual(['/spool/lock'])
    expect(Buffer.from(memory.files().get('/spool/lock') ?? []).toString()).toContain('"pid":2')
  })
})
