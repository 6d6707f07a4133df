import { describe, expect, it } from 'vitest'
import { openSpool } from './spool.ts'
import type { SpoolError } from './spool-error.ts'
import { checkpointAt, everything, manifestOf, memoryLog, processesOf, put, SMALL } from './testing/fixture.ts'
import { MemoryFs } from './testing/memory-fs.ts'
import type { SpoolOptions } from './types.ts'

const open = (disk: MemoryFs, options: Partial<SpoolOptions> = {}) =>
  openSpool({ ...SMALL, dir: '/spool', fs: disk.mount(), log: memoryLog(), processes: processesOf(1), ...options })

describe('a disk that does not do as it is told', () => {
  it('writes on after short writes until the frame is whole', async () => {
    const disk = new MemoryFs()
    const spool = await open(disk)
    disk.fault = ({ operation }) => (operation === 'write' ? { shortBytes: 3 } : undefined)
    await put(spool, 'a longer value')
    disk.crash({ kind: 'power', random: () => 0 })
    disk.fault = () => undefined
    expect(await everything(await open(disk, { processes: processesOf(2) }))).toEqual([[1, 'a longer value']])
  })

  it('refuses with spool_full when a write ends short and then fails, leaves no torn frame, and goes on', async () => {
    const disk = new MemoryFs()
    const spool = await open(disk)
    await put(spool, 'before')
    let writes = 0
    disk.fault = ({ operation }) => {
      if (operation !== 'write') return undefined
      return ++writes === 1 ? { shortBytes: 10 } : { error: 'ENOSPC' }
    }
    await expect(put(spool, 'no room')).rejects.toMatchObject({ code: 'spool_full' })
    disk.fault = () => undefined
    expect(await put(spool, 'after')).toBe(2)
    expect(await everything(spool)).toEqual([
      [1, 'before'],
      [2, 'after'],
    ])
    expect(spool.stats()).toMatchObject({ state: 'open', refused: { spool_full: 1 } })
    disk.crash({ kind: 'process' })
    const reopened = await open(disk, { processes: processesOf(2) })
    expect(await everything(reopened)).toEqual([
      [1, 'before'],
      [2, 'after'],
    ])
    expect(reopened.stats()).toMatchObject({ gaps: 0, quarantined: 0 })
  })

  it('saves checkpoint and manifest on a full disk, and accepts again when what is stored makes room', async () => {
    const disk = new MemoryFs({ capacityBytes: 8 * 1024 })
    const spool = await open(disk)
    await put(spool, 'x'.repeat(100))
    const refusals: unknown[] = []
    while (refusals.length === 0) await put(spool, 'x'.repeat(100)).catch((error: unknown) => refusals.push(error))
    expect(refusals).toMatchObject([{ code: 'spool_full' }])
    const accepted = spool.durableSeq
    // Somebody else takes what was left.
    const other = await disk.mount().open('/other', 'create')
    const { freeBytes } = await disk.mount().statfs('/')
    await other.write(new Uint8Array(freeBytes), 0)
    await spool.saveManifest(manifestOf('batch-1', 1, accepted))
    await spool.saveCheckpoint(checkpointAt(accepted))
    expect(await put(spool, 'again')).toBe(accepted + 1)
    await spool.close()
    expect((await open(disk)).checkpoint()?.durable_seq).toBe(accepted)
  })

  it('starts on a full disk, refuses, and accepts when there is room', async () => {
    const disk = new MemoryFs()
    const first = await open(disk)
    await put(first, 'before')
    await first.close()
    disk.capacityBytes = [...disk.files().values()].reduce((sum, bytes) => sum + bytes.length, 0)
    const spool = await open(disk)
    expect(await everything(spool)).toEqual([[1, 'before']])
    await expect(put(spool, 'no room')).rejects.toMatchObject({ code: 'spool_full' })
    disk.capacityBytes = 1e6
    expect(await put(spool, 'room')).toBe(2)
  })

  it('sees inodes run out before bytes do', async () => {
    const disk = new MemoryFs({ inodes: 16 })
    const spool = await open(disk)
    expect((await spool.level()).inodes.fraction).toBeLessThan(0.7)
    let refusal: unknown
    while (refusal === undefined) {
      await put(spool, 'x'.repeat(900)).catch((error: unknown) => {
        refusal = error
      })
    }
    expect(refusal).toMatchObject({ code: 'spool_full' })
    const { inodes, bytes, fraction } = await spool.level()
    expect(inodes.fraction).toBeGreaterThan(bytes.fraction)
    expect(fraction).toBe(inodes.fraction)
    await spool.saveCheckpoint(checkpointAt(spool.durableSeq))
    await put(spool, 'again')
  })

  it.each(['EROFS', 'EMFILE'])('refuses with spool_unavailable and recovers by itself: %s', async (error) => {
    const disk = new MemoryFs()
    const failures: SpoolError[] = []
    const spool = await open(disk, { onFailure: (failure) => failures.push(failure) })
    await put(spool, 'before')
    disk.fault = ({ operation }) => (operation === 'open' || error === 'EROFS' ? { error } : undefined)
    await expect(put(spool, 'x'.repeat(2000))).rejects.toMatchObject({ code: 'spool_unavailable' })
    disk.fault = () => undefined
    await put(spool, 'after')
    expect((await everything(spool)).map(([, value]) => value)).toEqual(['before', 'after'])
    expect(failures).toEqual([])
  })

  it('fails once and for all after an EIO of a write, a checkpoint or a new segment', async () => {
    for (const part of ['write', 'checkpoint', 'segment']) {
      const disk = new MemoryFs()
      const failures: SpoolError[] = []
      const spool = await open(disk, { onFailure: (failure) => failures.push(failure) })
      await put(spool, 'before')
      disk.fault = ({ operation }) => (operation === 'write' ? { error: 'EIO' } : undefined)
      if (part === 'write') await expect(put(spool, 'x')).rejects.toMatchObject({ code: 'spool_io' })
      if (part === 'segment') await expect(put(spool, 'x'.repeat(2000))).rejects.toMatchObject({ code: 'spool_io' })
      if (part === 'checkpoint')
        await expect(spool.saveCheckpoint(checkpointAt(1))).rejects.toMatchObject({ code: 'spool_io' })
      disk.fault = () => undefined
      await expect(put(spool, 'after')).rejects.toMatchObject({ code: 'spool_io' })
      expect(failures.length).toBe(1)
      expect(spool.stats().state).toBe('failed')
      expect((await spool.read(0, { maxFrames: 9, maxBytes: 99 })).length).toBe(1)
    }
  })

  it('does not make a reader spin over frames that became unreadable', async () => {
    const disk = new MemoryFs()
    const spool = await open(disk)
    await put(spool, 'gone')
    for (const [path] of disk.files()) {
      if (path.endsWith('.seg')) disk.tamper(path, (bytes) => bytes.fill(0, 40))
    }
    await spool.waitFor(0)
    expect(await spool.read(0, { maxFrames: 9, maxBytes: 99 })).toEqual([])
    let woken = false
    const waiting = spool.waitFor(0).then(() => {
      woken = true
    })
    await Promise.resolve()
    expect(woken).toBe(false)
    await put(spool, 'next')
    await waiting
    expect(spool.stats().quarantined).toBe(1)
  })

  it('warns of a file system that forgets', async () => {
    const fs = new MemoryFs().mount()
    const tmpfs = { ...fs, statfs: async (path: string) => ({ ...(await fs.statfs(path)), type: 0x01021994 }) }
    const spool = await openSpool({ ...SMALL, dir: '/spool', fs: tmpfs, log: memoryLog(), processes: processesOf(1) })
    expect(spool.warnings).toEqual([expect.stringContaining('tmpfs')])
  })
})
