import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fs } from './fs.ts'
import { nodeFs } from './node-fs.ts'
import { nodeProcesses } from './process-table.ts'
import { openSpool } from './spool.ts'
import type { SpoolError } from './spool-error.ts'
import { everything, memoryLog, put, SMALL } from './testing/fixture.ts'

let root: string
let dir: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'offertrail-spool-'))
  dir = join(root, 'spool')
})
afterEach(() => rm(root, { recursive: true }))

const open = (fs: Fs = nodeFs, onFailure?: (error: SpoolError) => void) =>
  openSpool({ ...SMALL, dir, fs, log: memoryLog(), ...(onFailure && { onFailure }) })

describe('a spool on a real disk', () => {
  it('keeps every acknowledged frame of a process that is killed, twenty times over', async () => {
    const script = join(root, 'append-forever.mjs')
    const entry = fileURLToPath(new URL('testing/append-forever.ts', import.meta.url))
    await build({
      entryPoints: [entry],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    })
    const acknowledged = new Map<number, string>()
    for (let round = 0; round < 20; round++) {
      const lines = await killAfter(script, `round-${round}`, 20 + round * 17)
      for (const line of lines) {
        const [seq = '', value = ''] = line.split(' ')
        expect(acknowledged.has(Number(seq))).toBe(false)
        acknowledged.set(Number(seq), value)
      }
      const spool = await openSpool({
        dir,
        log: memoryLog(),
        segmentBytes: 64 * 1024,
        maxBytes: 64 * 1024 * 1024,
        reserveBytes: 4096,
      })
      const found = (await everything(spool)).map(([seq, value]) => [seq, value.replace(/\.+$/, '')] as const)
      expect(found.map(([seq]) => seq)).toEqual(found.map((_, i) => i + 1))
      expect(new Set(found.map(([, value]) => value)).size).toBe(found.length)
      const bySeq = new Map(found)
      for (const [seq, value] of acknowledged) expect(bySeq.get(seq)).toBe(value)
      expect(spool.stats()).toMatchObject({ quarantined: 0, gaps: 0, missingFrames: 0 })
      await spool.close()
    }
    expect(acknowledged.size).toBeGreaterThan(20 * 20)
  }, 180_000)

  it('is readable by its owner only', async () => {
    const spool = await open()
    await put(spool, 'a')
    await spool.saveCheckpoint({ durable_seq: 1, boot_id: 'b', engine_id: 'e' })
    for (const name of ['', ...(await readdir(dir, { recursive: true }))]) {
      const { mode } = await stat(join(dir, name))
      expect(mode & 0o077, name).toBe(0)
    }
    await spool.close()
  })

  it('stops for good after an EIO of fdatasync, and a new start has what was acknowledged', async () => {
    let broken = false
    const failures: SpoolError[] = []
    const syncs: string[] = []
    const fs = brokenDisk(() => broken, syncs)
    const spool = await open(fs, (error) => failures.push(error))
    await put(spool, 'acknowledged')
    broken = true
    const results = await Promise.allSettled([put(spool, 'lost'), put(spool, 'lost, too')])
    expect(results).toMatchObject([{ reason: { code: 'spool_io' } }, { reason: { code: 'spool_io' } }])
    broken = false
    const before = syncs.length
    await expect(put(spool, 'not any more')).rejects.toMatchObject({ code: 'spool_io' })
    expect(failures.map(({ code }) => code)).toEqual(['spool_io'])
    expect(spool.stats()).toMatchObject({ state: 'failed', refused: { spool_io: 3 } })
    expect((await spool.read(0, { maxFrames: 9, maxBytes: 99 })).map(({ seq }) => seq)).toEqual([1])
    await spool.close()
    expect(syncs.length).toBe(before)
    const again = await open()
    expect((await everything(again))[0]).toEqual([1, 'acknowledged'])
    await put(again, 'goes on')
    await again.close()
  })

  it('refuses a second process, names the first, and knows when that is gone', async () => {
    const spool = await open()
    await expect(open()).rejects.toMatchObject({
      code: 'spool_locked',
      message: expect.stringContaining(`${process.pid}`),
    })
    await spool.close()
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const pid = child.pid ?? 0
    expect(nodeProcesses().startTime(pid)).toMatch(/^\d+$/)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(nodeProcesses().startTime(pid)).toBeUndefined()
  })

  it.skipIf(!canMount())('refuses on a disk that is really full, and goes on when there is room', async () => {
    const mounted = join(root, 'tmpfs')
    await mkdir(mounted)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', mounted])
    try {
      const limits = { segmentBytes: 16 * 1024, maxBytes: 1024 * 1024, reserveBytes: 8192 }
      const full = () => openSpool({ dir: join(mounted, 'spool'), log: memoryLog(), ...limits })
      await writeFile(join(mounted, 'other'), new Uint8Array(48 * 1024))
      const spool = await full()
      expect(spool.warnings).toEqual([expect.stringContaining('tmpfs')])
      let refusal: unknown
      while (refusal === undefined) {
        await put(spool, 'x'.repeat(1000)).catch((error: unknown) => {
          refusal = error
        })
      }
      expect(refusal).toMatchObject({ code: 'spool_full' })
      const accepted = spool.durableSeq
      await rm(join(mounted, 'other'))
      expect(await put(spool, 'room')).toBe(accepted + 1)
      await spool.close()
      const again = await full()
      expect((await everything(again)).length).toBe(accepted + 1)
      await again.close()
    } finally {
      execFileSync('umount', [mounted])
    }
  })

  it('names the path it cannot use', async () => {
    await expect(openSpool({ ...SMALL, dir: '/proc/no-such-place/spool', log: memoryLog() })).rejects.toThrow(
      '/proc/no-such-place/spool',
    )
  })
})

/** Starts the script, kills it `lines` acknowledgements later, and returns all it printed. */
async function killAfter(script: string, prefix: string, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, dir, prefix], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString()
    if (output.split('\n').length > lines) child.kill('SIGKILL')
  })
  await once(child, 'close')
  // What follows the last newline was cut off with the process.
  return output.split('\n').slice(0, -1)
}

function brokenDisk(broken: () => boolean, syncs: string[]): Fs {
  return {
    ...nodeFs,
    async open(path, mode) {
      const file = await nodeFs.open(path, mode)
      const datasync = async () => {
        syncs.push(path)
        if (broken()) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
        await file.datasync()
      }
      return { ...file, datasync }
    },
  }
}

/** Mounting needs root, and not every container lets root do it. */
function canMount(): boolean {
  if (process.getuid?.() !== 0) return false
  const probe = mkdtempSync(join(tmpdir(), 'offertrail-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', probe], { stdio: 'ignore' })
    execFileSync('umount', [probe])
    return true
  } catch {
    // Not allowed here: the same is tested on the disk in memory.
    return false
  } finally {
    rmdirSync(probe)
  }
}
