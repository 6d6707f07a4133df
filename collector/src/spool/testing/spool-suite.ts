import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fs } from '../fs.ts'
import { openSpool } from '../spool.ts'
import type { Spool, SpoolOptions } from '../types.ts'
import { checkpointAt, everything, manifestOf, memoryLog, processesOf, put, SMALL, text } from './fixture.ts'

/** A place for a spool, and how to clean it up. */
export type Ground = { fs: Fs; dir: string; remove: () => Promise<void> }

const ALL = { maxFrames: 1000, maxBytes: 1e9 }

/** What every file system must give. Run by one test file for each. */
export function describeSpool(name: string, prepare: () => Promise<Ground>): void {
  describe(`spool on ${name}`, () => {
    let ground: Ground
    let pid = 0
    let now = 0
    let log = memoryLog()
    const opened: Spool[] = []

    const open = async (options: Partial<SpoolOptions> = {}) => {
      log = memoryLog()
      const { fs, dir } = ground
      const spool = await openSpool({
        ...SMALL,
        fs,
        dir,
        log,
        now: () => now,
        processes: processesOf(++pid),
        ...options,
      })
      opened.push(spool)
      return spool
    }

    beforeEach(async () => {
      ground = await prepare()
      now = 1000
    })
    afterEach(async () => {
      for (const spool of opened.splice(0)) await spool.close()
      await ground.remove()
    })

    it('gives back what was appended, in order, with seq, type and time', async () => {
      const spool = await open()
      const seqs = await Promise.all(
        ['a', 'b', ''].map((value, i) => spool.append(Buffer.from(value), { recvMs: 5 + i, type: i })),
      )
      expect(seqs).toEqual([1, 2, 3])
      const frames = await spool.read(0, ALL)
      expect(frames.map(({ seq, recvMs, type }) => [seq, recvMs, type])).toEqual([
        [1, 5, 0],
        [2, 6, 1],
        [3, 7, 2],
      ])
      expect(frames.map(text)).toEqual(['a', 'b', ''])
      expect(spool.durableSeq).toBe(3)
    })

    it('keeps everything over a clean restart and goes on counting', async () => {
      const first = await open()
      await put(first, 'a')
      await first.close()
      const second = await open()
      expect(await put(second, 'b')).toBe(2)
      expect(await everything(second)).toEqual([
        [1, 'a'],
        [2, 'b'],
      ])
      expect(second.stats()).toMatchObject({ tornTails: 0, quarantined: 0, gaps: 0 })
    })

    it('reads on over the borders of segments, from any seq', async () => {
      const spool = await open()
      const values = Array.from({ length: 40 }, (_, i) => `${i + 1}`.padEnd(100, '.'))
      for (const value of values) await put(spool, value)
      expect(spool.stats().segments).toBeGreaterThan(3)
      for (const after of [0, 1, 7, 8, 9, 39, 40, 99]) {
        expect((await spool.read(after, ALL)).map(({ seq }) => seq)).toEqual(
          values.map((_, i) => i + 1).filter((seq) => seq > after),
        )
      }
    })

    it('stops at the limits of a read, but gives one frame at least', async () => {
      const spool = await open()
      await Promise.all(['aaaa', 'bbbb', 'cccc'].map((value) => put(spool, value)))
      expect((await spool.read(0, { maxFrames: 2, maxBytes: 100 })).map(text)).toEqual(['aaaa', 'bbbb'])
      expect((await spool.read(0, { maxFrames: 9, maxBytes: 8 })).map(text)).toEqual(['aaaa', 'bbbb'])
      expect((await spool.read(1, { maxFrames: 9, maxBytes: 1 })).map(text)).toEqual(['bbbb'])
    })

    it('puts what waits for the disk into one fdatasync', async () => {
      const spool = await open({ segmentBytes: 4096 })
      const before = spool.stats().fsyncs
      await Promise.all(Array.from({ length: 20 }, (_, i) => put(spool, `${i}`)))
      expect(spool.stats().fsyncs - before).toBe(1)
    })

    it('gives a frame larger than a segment a segment of its own and refuses one over the limit', async () => {
      const spool = await open()
      const large = 'x'.repeat(3000)
      await put(spool, 'before')
      await put(spool, large)
      await put(spool, 'after')
      await expect(put(spool, 'x'.repeat(5000))).rejects.toMatchObject({ code: 'frame_too_large' })
      expect(await everything(spool)).toEqual([
        [1, 'before'],
        [2, large],
        [3, 'after'],
      ])
      expect(spool.stats().refused.frame_too_large).toBe(1)
    })

    it('refuses what does not fit into memory and takes more when the disk has caught up', async () => {
      const spool = await open({ maxQueuedBytes: 200 })
      const results = await Promise.allSettled(['a', 'b', 'c'].map((value) => put(spool, value.repeat(75))))
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
      expect(results[2]).toMatchObject({ reason: { code: 'spool_busy' } })
      expect(spool.stats()).toMatchObject({ queuedBytes: 0, refused: { spool_busy: 1 } })
      await put(spool, 'd')
      expect((await everything(spool)).length).toBe(3)
    })

    it('refuses appends when the quota is used up by what is not stored, and takes them again when it is', async () => {
      const spool = await open()
      let refusal: unknown
      for (let i = 0; i < 500 && refusal === undefined; i++) {
        await put(spool, 'x'.repeat(100)).catch((error: unknown) => {
          refusal = error
        })
      }
      expect(refusal).toMatchObject({ code: 'spool_full' })
      expect(spool.stats().fileBytes).toBeLessThanOrEqual(SMALL.maxBytes)
      expect((await spool.level()).bytes.fraction).toBeGreaterThan(0.9)
      const accepted = spool.durableSeq
      expect((await everything(spool)).length).toBe(accepted)
      await spool.saveCheckpoint(checkpointAt(accepted))
      expect((await spool.level()).bytes.fraction).toBe(0)
      expect(await put(spool, 'again')).toBe(accepted + 1)
    })

    it('wakes who waits with the next durable frame', async () => {
      const spool = await open()
      const waiting = spool.waitFor(0)
      await put(spool, 'a')
      await waiting
      await spool.waitFor(0)
      const aborting = new AbortController()
      const aborted = spool.waitFor(1, aborting.signal)
      aborting.abort(new Error('enough'))
      await expect(aborted).rejects.toThrow('enough')
      const closed = spool.waitFor(1)
      await Promise.all([expect(closed).rejects.toMatchObject({ code: 'spool_closed' }), spool.close()])
      await expect(put(spool, 'late')).rejects.toMatchObject({ code: 'spool_closed' })
    })

    it('keeps checkpoint and manifests over a restart and forgets the manifests the checkpoint has passed', async () => {
      const first = await open()
      for (const value of 'abcdef') await put(first, value)
      await first.saveManifest(manifestOf('batch-2', 3, 4))
      await first.saveManifest(manifestOf('batch-1', 1, 2))
      await expect(first.removeManifest('batch-1')).rejects.toMatchObject({ code: 'manifest_in_doubt' })
      await first.saveCheckpoint({ ...checkpointAt(2), state: { stored: 2 } })
      await first.close()
      const second = await open()
      expect(second.checkpoint()).toEqual({ ...checkpointAt(2), state: { stored: 2 } })
      expect(second.manifests()).toEqual([manifestOf('batch-2', 3, 4)])
      await second.saveCheckpoint(checkpointAt(4))
      await second.removeManifest('batch-2')
      await second.removeManifest('batch-2')
      expect(second.manifests()).toEqual([])
      await expect(second.saveCheckpoint(checkpointAt(7))).rejects.toThrow(RangeError)
      await expect(second.saveManifest(manifestOf('../x', 5, 6))).rejects.toThrow(RangeError)
      expect(second.stats().state).toBe('open')
    })

    it('knows exactly what is pending', async () => {
      const spool = await open()
      expect(spool.stats()).toMatchObject({ pendingFrames: 0, pendingBytes: 0, oldestPendingRecvMs: undefined })
      for (let i = 1; i <= 20; i++) await put(spool, 'x'.repeat(100), i)
      expect(spool.stats()).toMatchObject({ pendingFrames: 20, pendingBytes: 20 * 125, oldestPendingRecvMs: 1 })
      await spool.saveCheckpoint(checkpointAt(13))
      expect(spool.stats()).toMatchObject({ pendingFrames: 7, pendingBytes: 7 * 125, oldestPendingRecvMs: 14 })
      await spool.close()
      const reopened = await open()
      expect(reopened.stats()).toMatchObject({ pendingFrames: 7, pendingBytes: 7 * 125, oldestPendingRecvMs: 14 })
      await reopened.saveCheckpoint(checkpointAt(20))
      expect(reopened.stats()).toMatchObject({ pendingFrames: 0, pendingBytes: 0, oldestPendingRecvMs: undefined })
      await put(reopened, 'y', 77)
      expect(reopened.stats()).toMatchObject({ pendingFrames: 1, pendingBytes: 26, oldestPendingRecvMs: 77 })
    })

    it('keeps stored segments for a replay, by age and by size, and never what is not stored', async () => {
      const spool = await open({ retainMs: 100, retainBytes: 3 * 1024 })
      for (let i = 1; i <= 40; i++) await put(spool, 'x'.repeat(100), i)
      const segments = spool.stats().segments
      await spool.release()
      expect(spool.stats().segments).toBe(segments)
      await spool.saveCheckpoint(checkpointAt(38))
      expect(spool.stats().retainedBytes).toBeLessThanOrEqual(3 * 1024)
      const retained = await everything(spool)
      expect(retained[0]?.[0]).toBeGreaterThan(1)
      expect(retained.length).toBeGreaterThan(10)
      expect(retained.at(-1)?.[0]).toBe(40)
      now += 101
      await spool.release()
      expect(spool.stats().retainedBytes).toBe(0)
      expect((await spool.read(38, ALL)).map(({ seq }) => seq)).toEqual([39, 40])
      await spool.close()
      expect((await (await open()).read(38, ALL)).map(({ seq }) => seq)).toEqual([39, 40])
    })

    it('lets go of retained segments before it refuses an append', async () => {
      const spool = await open({ retainBytes: SMALL.maxBytes })
      for (let i = 0; i < 300; i++) {
        const seq = await put(spool, 'x'.repeat(100))
        if (seq % 10 === 0) await spool.saveCheckpoint(checkpointAt(seq))
      }
      expect(spool.stats().refused.spool_full).toBe(0)
      expect(spool.stats().fileBytes).toBeLessThanOrEqual(SMALL.maxBytes)
      expect(spool.stats().retainedBytes).toBeGreaterThan(0)
    })

    it('never gives a seq again that the checkpoint has passed, even if all segments are gone', async () => {
      const first = await open()
      for (const value of 'abc') await put(first, value)
      await first.saveCheckpoint(checkpointAt(3))
      await first.close()
      for (const name of await ground.fs.readdir(ground.dir)) {
        if (name.endsWith('.seg')) await ground.fs.unlink(`${ground.dir}/${name}`)
      }
      const second = await open()
      expect(await put(second, 'd')).toBe(4)
      expect((await second.read(3, ALL)).map(text)).toEqual(['d'])
      expect(second.stats()).toMatchObject({ missingFrames: 0, pendingFrames: 1 })
    })

    it('admits one process, names it, and takes over from one that was killed', async () => {
      const holder = { pid: 4711, bootId: 'boot-1', startTime: (pid: number) => (pid === 4711 ? 'noon' : undefined) }
      await open({ processes: holder })
      const other = { ...processesOf(4712), startTime: (pid: number) => (pid === 4711 ? 'noon' : 'later') }
      await expect(open({ processes: other })).rejects.toMatchObject({
        code: 'spool_locked',
        message: expect.stringContaining('4711'),
      })
      // The pid is in use again, by a process that began at another time.
      const reused = { ...processesOf(4712), startTime: () => 'evening' }
      await put(await open({ processes: reused }), 'a')
    })

    it('says nothing in the log while all is well', async () => {
      const spool = await open()
      for (let i = 0; i < 30; i++) await put(spool, 'x'.repeat(100))
      await spool.saveCheckpoint(checkpointAt(30))
      await spool.close()
      expect(log.lines).toEqual([])
    })
  })
}
