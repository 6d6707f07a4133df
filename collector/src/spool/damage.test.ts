import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FORMAT_VERSION, HEADER_BYTES, segmentName } from './format.ts'
import { openSpool } from './spool.ts'
import { checkpointAt, everything, manifestOf, memoryLog, processesOf, put, SMALL } from './testing/fixture.ts'
import { MemoryFs } from './testing/memory-fs.ts'
import type { SpoolOptions } from './types.ts'

const DIR = '/spool'
const FIRST = `${DIR}/${segmentName(1)}`
const VALUES = ['one', 'two', 'three', 'four', 'five', 'six']

/** Where frame `i` of VALUES begins in the first segment. */
const OFFSETS = [HEADER_BYTES]
for (const value of VALUES) OFFSETS.push((OFFSETS.at(-1) ?? 0) + 25 + value.length)

function open(disk: MemoryFs, options: Partial<SpoolOptions> = {}) {
  return openSpool({ ...SMALL, dir: DIR, fs: disk.mount(), log: memoryLog(), processes: processesOf(1), ...options })
}

/** Six frames, each with its own fdatasync, in one segment. */
async function sixFrames(): Promise<MemoryFs> {
  const disk = new MemoryFs()
  const spool = await open(disk)
  for (const value of VALUES) await put(spool, value)
  await spool.close()
  return disk
}

const flip =
  (at: number, bit = 0) =>
  (bytes: Uint8Array) => {
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
    return bytes
  }

describe('a damaged spool', () => {
  it('gives every frame that lies wholly before the cut, wherever a segment is cut off', async () => {
    const length = OFFSETS.at(-1) ?? 0
    for (let size = 0; size <= length; size++) {
      const disk = await sixFrames()
      disk.tamper(FIRST, (bytes) => bytes.slice(0, size))
      const spool = await open(disk)
      const whole = VALUES.filter((_, i) => (OFFSETS[i + 1] ?? 0) <= size)
      expect((await everything(spool)).map(([, value]) => value)).toEqual(whole)
      const cutInside = size > HEADER_BYTES && !OFFSETS.includes(size)
      expect(spool.stats().tornTails >= 1).toBe(cutInside || size < HEADER_BYTES)
      expect(await put(spool, 'next')).toBe(whole.length + 1)
      await spool.close()
    }
  })

  it('loses the one frame a flipped bit is in, reports it, and gives all others', async () => {
    for (let at = 0; at < (OFFSETS.at(-1) ?? 0); at++) {
      const disk = await sixFrames()
      disk.tamper(FIRST, flip(at, at % 8))
      const spool = await open(disk)
      const hit = OFFSETS.findIndex((offset, i) => at >= offset && at < (OFFSETS[i + 1] ?? 0))
      expect((await everything(spool)).map(([, value]) => value)).toEqual(VALUES.filter((_, i) => i !== hit))
      const { quarantined, tornTails, gaps, missingFrames } = spool.stats()
      const last = hit === VALUES.length - 1
      // In the very last frame damage and a torn write look the same.
      expect({ quarantined, tornTails }).toEqual(
        last ? { quarantined: 0, tornTails: 1 } : { quarantined: 1, tornTails: 0 },
      )
      expect({ gaps, missingFrames }).toEqual(
        hit === -1 || last ? { gaps: 0, missingFrames: 0 } : { gaps: 1, missingFrames: 1 },
      )
      if (hit >= 0 && !last) {
        const kept = [...disk.files()].filter(([path]) => path.startsWith(`${DIR}/quarantine/`))
        expect(kept.map(([, bytes]) => bytes.length)).toEqual([(OFFSETS[hit + 1] ?? 0) - (OFFSETS[hit] ?? 0)])
      }
      await spool.close()
    }
  })

  it('does not raise an alarm for a group the machine stopped in, but gives what is whole of it', async () => {
    const disk = new MemoryFs()
    const writing = await open(disk)
    await put(writing, 'before')
    await Promise.all([put(writing, 'torn'), put(writing, 'whole')])
    disk.crash({ kind: 'process' })
    disk.tamper(FIRST, flip(HEADER_BYTES + 31 + 26))
    const log = memoryLog()
    const spool = await open(disk, { log, processes: processesOf(2) })
    expect(await everything(spool)).toEqual([
      [1, 'before'],
      [3, 'whole'],
    ])
    expect(spool.stats()).toMatchObject({ tornTails: 1, quarantined: 0, gaps: 0, missingFrames: 0, pendingFrames: 2 })
    expect(log.lines.map(({ level }) => level)).toEqual(['warn'])
  })

  it('finds the frames behind a page of zeros, and takes stale bytes in the blank space for nothing', async () => {
    const disk = await sixFrames()
    disk.tamper(FIRST, (bytes) => bytes.fill(0, OFFSETS[1], OFFSETS[3]))
    const spool = await open(disk)
    expect((await everything(spool)).map(([seq]) => seq)).toEqual([1, 4, 5, 6])
    expect(spool.stats()).toMatchObject({ gaps: 1, missingFrames: 2, quarantined: 1 })
    await spool.close()

    const stale = await sixFrames()
    // The same frames once more, further back in the same file: right bytes, wrong place.
    stale.tamper(FIRST, (bytes) => Buffer.concat([bytes, bytes.subarray(HEADER_BYTES)]))
    const again = await open(stale)
    expect((await everything(again)).map(([, value]) => value)).toEqual(VALUES)
    expect(again.stats()).toMatchObject({ tornTails: 1, gaps: 0, quarantined: 0 })
  })

  it('does not believe frames of a segment copied over another one', async () => {
    const disk = new MemoryFs()
    const spool = await open(disk)
    for (let i = 0; i < 24; i++) await put(spool, 'x'.repeat(100))
    await spool.close()
    const second = [...disk.files().keys()].filter((path) => path.endsWith('.seg')).sort()[1] ?? ''
    const copy = disk.files().get(FIRST)?.slice() ?? new Uint8Array()
    disk.tamper(second, () => copy)
    const reopened = await open(disk, { processes: processesOf(2) })
    const seqs = (await everything(reopened)).map(([seq]) => seq)
    expect(seqs).toEqual([...new Set(seqs)])
    expect(reopened.stats().missingFrames).toBe(24 - seqs.length)
    expect(reopened.stats().missingFrames).toBeGreaterThan(0)
  })

  it.each([0, 1])('ignores what was written and refused, once others took those seqs (stored: %i)', async (stored) => {
    const disk = new MemoryFs()
    const spool = await open(disk)
    await put(spool, 'kept')
    disk.random = () => 0.999
    let failed = false
    disk.fault = ({ operation }) => {
      // The group is on the disk, the fdatasync says no, and the cut does not work either.
      if (operation === 'truncate') return { error: 'EROFS' }
      if (operation !== 'datasync' || failed) return undefined
      failed = true
      return { error: 'ENOSPC' }
    }
    await expect(put(spool, 'refused')).rejects.toMatchObject({ code: 'spool_full' })
    expect(await put(spool, 'accepted')).toBe(2)
    await spool.saveCheckpoint(checkpointAt(stored))
    disk.crash({ kind: 'power', random: () => 0 })
    disk.fault = () => undefined
    const reopened = await open(disk, { processes: processesOf(2) })
    expect(await everything(reopened)).toEqual([
      [1, 'kept'],
      [2, 'accepted'],
    ])
    expect(reopened.stats()).toMatchObject({ gaps: 0, quarantined: 0, missingFrames: 0 })
  })

  it('counts what is missing when a segment is removed, at the start and while it runs', async () => {
    const disk = new MemoryFs()
    const spool = await open(disk)
    for (let i = 0; i < 24; i++) await put(spool, 'x'.repeat(100))
    const paths = [...disk.files().keys()].filter((path) => path.endsWith('.seg')).sort()
    disk.tamper(paths[1] ?? '', () => undefined)
    const left = (await everything(spool)).length
    expect(left).toBeLessThan(24)
    expect(spool.stats()).toMatchObject({ gaps: 1, missingFrames: 24 - left })
    await spool.close()
    const reopened = await open(disk)
    expect((await everything(reopened)).length).toBe(left)
    expect(reopened.stats()).toMatchObject({ gaps: 1, missingFrames: 24 - left, pendingFrames: left })
    await reopened.close()
    disk.tamper(paths[0] ?? '', () => undefined)
    await (await open(disk, { retainBytes: 1e6 })).saveCheckpoint(checkpointAt(24))
  })

  it('falls back to the checkpoint before a damaged one, and to the oldest segment without any', async () => {
    for (const damage of [() => new Uint8Array(0), () => Buffer.from('garbage'), flip(20)]) {
      const disk = new MemoryFs()
      const spool = await open(disk)
      for (const value of VALUES) await put(spool, value)
      await spool.saveCheckpoint(checkpointAt(2))
      await spool.saveCheckpoint(checkpointAt(4))
      await spool.close()
      disk.tamper(`${DIR}/checkpoint`, damage)
      const second = await open(disk)
      expect(second.checkpoint()?.durable_seq).toBe(2)
      expect(second.stats()).toMatchObject({ checkpointFallbacks: 1, pendingFrames: 4 })
      await second.close()
      disk.tamper(`${DIR}/checkpoint.previous`, damage)
      const third = await open(disk)
      expect(third.checkpoint()).toBeUndefined()
      expect(third.stats().pendingFrames).toBe(6)
      await third.saveCheckpoint(checkpointAt(6))
      await third.close()
      expect((await open(disk)).checkpoint()?.durable_seq).toBe(6)
    }
  })

  it('keeps working with a damaged manifest and says so', async () => {
    const disk = await sixFrames()
    const spool = await open(disk)
    await spool.saveManifest(manifestOf('batch-1', 1, 2))
    await spool.saveManifest(manifestOf('batch-2', 3, 4))
    await spool.close()
    disk.tamper(`${DIR}/manifests/batch-1.json`, flip(30))
    const log = memoryLog()
    const reopened = await open(disk, { log })
    expect(reopened.manifests().map(({ batch_id }) => batch_id)).toEqual(['batch-2'])
    expect(log.lines).toMatchObject([{ level: 'error', fields: { name: 'batch-1.json' } }])
    expect([...disk.files().keys()]).toContain(`${DIR}/quarantine/batch-1.json`)
  })

  it('refuses what a newer version wrote and does not touch it', async () => {
    const newer: [string, (disk: MemoryFs) => Promise<void>][] = [
      ['segment', async (disk) => disk.tamper(FIRST, (bytes) => newerHeader(bytes))],
      ['checkpoint', async (disk) => newerSmallFile(disk, 'checkpoint')],
    ]
    for (const [, prepare] of newer) {
      const disk = await sixFrames()
      await prepare(disk)
      const before = new Map([...disk.files()].map(([path, bytes]) => [path, Buffer.from(bytes).toString('hex')]))
      await expect(open(disk)).rejects.toMatchObject({
        code: 'spool_format',
        message: expect.stringContaining('format'),
      })
      expect(new Map([...disk.files()].map(([path, bytes]) => [path, Buffer.from(bytes).toString('hex')]))).toEqual(
        before,
      )
    }
  })
})

function newerHeader(bytes: Uint8Array): Uint8Array {
  const header = Buffer.from(bytes.subarray(0, HEADER_BYTES))
  header.writeUInt32LE(FORMAT_VERSION + 1, 8)
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28)
  bytes.set(header)
  return bytes
}

async function newerSmallFile(disk: MemoryFs, name: string): Promise<void> {
  const json = JSON.stringify({ version: 2, value: { anything: true } })
  const file = await disk.mount().open(`${DIR}/${name}`, 'create')
  await file.write(Buffer.from(`${json}\n${crc32(json).toString(16)}\n`), 0)
}
