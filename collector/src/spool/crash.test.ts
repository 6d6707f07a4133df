import { describe, expect, it } from 'vitest'
import { openSpool } from './spool.ts'
import { checkpointAt, everything, manifestOf, memoryLog, processesOf, put, SMALL } from './testing/fixture.ts'
import { type Crash, type FsFault, MemoryFs } from './testing/memory-fs.ts'
import { seededRandom } from './testing/seeded-random.ts'
import type { Spool } from './types.ts'

/** What was promised to somebody before the process stopped. */
type Promised = { acked: Map<number, string>; tried: Set<string>; checkpoint: number; manifests: Map<string, boolean> }

/** Enough to meet every kind of step: new directory, several segments, a large frame, checkpoint, manifest, release, restart. */
async function history(disk: MemoryFs, promised: Promised): Promise<void> {
  let pid = 0
  const open = () =>
    openSpool({
      ...SMALL,
      retainBytes: 0,
      dir: '/data/spool',
      fs: disk.mount(),
      log: memoryLog(),
      processes: processesOf(++pid),
      now: () => 1,
    })
  const append = async (spool: Spool, value: string) => {
    promised.tried.add(value)
    promised.acked.set(await put(spool, value), value)
  }
  const checkpoint = async (spool: Spool, seq: number) => {
    await spool.saveCheckpoint(checkpointAt(seq))
    promised.checkpoint = seq
  }
  const first = await open()
  await Promise.all([append(first, 'a'), append(first, `b${'.'.repeat(600)}`), append(first, 'c')])
  await first.saveManifest(manifestOf('batch-1', 1, 3))
  promised.manifests.set('batch-1', true)
  await append(first, `d${'.'.repeat(1500)}`)
  await Promise.all([append(first, 'e'), append(first, `f${'.'.repeat(900)}`)])
  await checkpoint(first, 3)
  promised.manifests.set('batch-1', false)
  await first.removeManifest('batch-1')
  await checkpoint(first, 5)
  await first.close()
  const second = await open()
  await Promise.all([append(second, 'g'), append(second, `h${'.'.repeat(700)}`)])
  await checkpoint(second, 7)
  await append(second, 'i')
  await second.close()
}

/** Thousands of histories: how long that takes depends on who else uses the machine. */
const PATIENCE_MS = 180_000

async function run(fault: (step: number) => FsFault | undefined) {
  const disk = new MemoryFs()
  const promised: Promised = { acked: new Map(), tried: new Set(), checkpoint: 0, manifests: new Map() }
  const writes = new Set<number>()
  disk.fault = ({ step, operation }) => {
    if (operation === 'write') writes.add(step)
    return fault(step)
  }
  // Whatever the spool answers after the crash no longer matters.
  await history(disk, promised).catch(() => undefined)
  disk.fault = () => undefined
  return { disk, promised, writes }
}

/** Opens what the crash left, compares with what was promised, and goes on working with it. */
async function expectPromisesKept(disk: MemoryFs, promised: Promised): Promise<Spool> {
  const log = memoryLog()
  const spool = await openSpool({
    ...SMALL,
    dir: '/data/spool',
    fs: disk.mount(),
    log,
    processes: processesOf(99),
    now: () => 1,
  })
  const checkpoint = spool.checkpoint()?.durable_seq ?? 0
  expect(checkpoint).toBeGreaterThanOrEqual(promised.checkpoint)
  for (const [id, inDoubt] of promised.manifests) {
    if (inDoubt && promised.checkpoint < 3 && checkpoint < 3)
      expect(spool.manifests().map((m) => m.batch_id)).toContain(id)
  }
  const found = await everything(spool)
  expect(found.map(([seq]) => seq)).toEqual([...new Set(found.map(([seq]) => seq))].sort((a, b) => a - b))
  expect(new Set(found.map(([, value]) => value)).size).toBe(found.length)
  for (const [, value] of found) expect(promised.tried).toContain(value)
  const bySeq = new Map(found)
  for (const [seq, value] of promised.acked) if (seq > checkpoint) expect(bySeq.get(seq)).toBe(value)
  expect(spool.stats()).toMatchObject({ gaps: 0, missingFrames: 0, quarantined: 0 })
  expect(log.lines.filter(({ level }) => level === 'error')).toEqual([])
  const seq = await put(spool, 'afterwards')
  expect(seq).toBeGreaterThan(Math.max(0, ...promised.acked.keys()))
  return spool
}

const crashes: [string, (seed: number) => Crash][] = [
  ['kill -9', () => ({ kind: 'process' })],
  ['a power cut that keeps nothing unsynced', () => ({ kind: 'power', random: () => 0 })],
  ['a power cut that keeps all of what was unsynced', () => ({ kind: 'power', random: () => 0.999 })],
  ['a power cut that keeps some of what was unsynced', (seed) => ({ kind: 'power', random: seededRandom(seed) })],
]

describe('a crash at every single step of the file system', () => {
  it.each(crashes)(
    'loses nothing accepted and invents nothing: %s',
    async (_name, crash) => {
      const { disk: whole, writes } = await run(() => undefined)
      expect(whole.steps).toBeGreaterThan(150)
      expect(writes.size).toBeGreaterThan(20)
      for (let step = 1; step <= whole.steps; step++) {
        for (const afterBytes of writes.has(step) ? [undefined, 7] : [undefined]) {
          const fault = afterBytes === undefined ? { crash: true as const } : { crash: true as const, afterBytes }
          const { disk, promised } = await run((at) => (at === step ? fault : undefined))
          disk.crash(crash(step))
          const spool = await expectPromisesKept(disk, promised)
          await spool.close()
        }
      }
    },
    PATIENCE_MS,
  )

  it(
    'also when the recovery is cut short at every step, again and again',
    async () => {
      const { disk: whole } = await run(() => undefined)
      for (let step = 40; step <= whole.steps; step += 7) {
        for (let again = 1; again < 60; again += 3) {
          const { disk, promised } = await run((at) => (at === step ? { crash: true } : undefined))
          disk.crash({ kind: 'power', random: seededRandom(step) })
          const stopAt = disk.steps + again
          disk.fault = (at) => (at.step === stopAt ? { crash: true } : undefined)
          await openSpool({
            ...SMALL,
            dir: '/data/spool',
            fs: disk.mount(),
            log: memoryLog(),
            processes: processesOf(50),
          }).catch(() => undefined)
          disk.fault = () => undefined
          disk.crash({ kind: 'power', random: seededRandom(again) })
          await (await expectPromisesKept(disk, promised)).close()
        }
      }
    },
    PATIENCE_MS,
  )
})

describe('an error of the disk at every single step', () => {
  it.each(['ENOSPC', 'EIO', 'EMFILE', 'EROFS'])(
    'never acknowledges what is lost: %s, then a power cut',
    async (error) => {
      const { disk: whole } = await run(() => undefined)
      for (let step = 1; step <= whole.steps; step++) {
        const { disk, promised } = await run((at) => (at === step ? { error } : undefined))
        disk.crash({ kind: 'power', random: seededRandom(step) })
        await (await expectPromisesKept(disk, promised)).close()
      }
    },
  )
})
