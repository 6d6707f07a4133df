import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openSpool } from './spool.ts'
import { checkpointAt, everything, memoryLog, processesOf, put, SMALL } from './testing/fixture.ts'
import { type Crash, MemoryFs } from './testing/memory-fs.ts'
import { seededRandom } from './testing/seeded-random.ts'
import type { Spool } from './types.ts'

/** What must be true of the spool, whatever happened to it. */
type Model = {
  /** Promised, or seen after a start: must be found again, until the checkpoint has passed it. */
  sure: Map<number, string>
  /** Handed to `append`, whatever came of it: may be found. */
  tried: Set<string>
  checkpoint: number
}

type Real = { disk: MemoryFs; spool: Spool | undefined; starts: number; waiting: Promise<void>[]; reached: Set<string> }

type Command = fc.AsyncCommand<Model, Real>

/** A disk without a free byte and without the reserve cannot even take the lock; then somebody makes room. */
async function start(model: Model, real: Real): Promise<void> {
  try {
    await startOnce(model, real)
  } catch (error) {
    expect(error).toMatchObject({ code: 'spool_full' })
    expect(real.disk.capacityBytes).toBeLessThan(Number.POSITIVE_INFINITY)
    real.reached.add('no room to start')
    real.disk.capacityBytes = Number.POSITIVE_INFINITY
    await startOnce(model, real)
  }
}

async function startOnce(model: Model, real: Real): Promise<void> {
  const spool = await openSpool({
    ...SMALL,
    dir: '/spool',
    fs: real.disk.mount(),
    log: memoryLog(),
    processes: processesOf(++real.starts),
    now: () => real.starts,
    retainMs: 3,
  })
  real.spool = spool
  const stats = spool.stats()
  if (stats.tornTails > 0) real.reached.add('torn tail')
  expect(stats).toMatchObject({ quarantined: 0, gaps: 0, missingFrames: 0, checkpointFallbacks: 0 })
  const checkpoint = spool.checkpoint()?.durable_seq ?? 0
  expect(checkpoint).toBeGreaterThanOrEqual(model.checkpoint)
  model.checkpoint = checkpoint
  await compare(model, spool)
}

/** Acknowledged is a part of what is found, in order; nothing is invented, nothing is there twice. */
async function compare(model: Model, spool: Spool): Promise<void> {
  const found = await everything(spool)
  const seqs = found.map(([seq]) => seq)
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
  expect(new Set(found.map(([, value]) => value)).size).toBe(found.length)
  const bySeq = new Map(found)
  for (const [seq, value] of model.sure) {
    if (seq > model.checkpoint || bySeq.has(seq)) expect(bySeq.get(seq)).toBe(value)
  }
  for (const [seq, value] of found) {
    expect(model.tried).toContain(value)
    model.sure.set(seq, value)
  }
}

async function settle(real: Real): Promise<void> {
  await Promise.all(real.waiting.splice(0))
}

async function stop(model: Model, real: Real, crash: Crash): Promise<void> {
  real.disk.crash(crash)
  real.disk.fault = () => undefined
  await settle(real)
  real.spool = undefined
  await start(model, real)
}

let written = 0

/** Appends without waiting; whoever crashes next finds them at any stage. */
class Append implements Command {
  readonly sizes: number[]
  constructor(sizes: number[]) {
    this.sizes = sizes
  }
  check = () => true
  async run(model: Model, real: Real) {
    const spool = real.spool
    if (!spool) return
    for (const size of this.sizes) {
      const value = `${++written}`.padEnd(size, '.')
      model.tried.add(value)
      const acknowledged = put(spool, value).then(
        (seq) => {
          expect(model.sure.get(seq)).toBeUndefined()
          model.sure.set(seq, value)
        },
        (error: unknown) => {
          real.reached.add((error as { code: string }).code)
        },
      )
      real.waiting.push(acknowledged)
    }
    // Some steps of the disk happen, some do not yet.
    for (let turns = (this.sizes[0] ?? 0) % 6; turns > 0; turns--) await Promise.resolve()
  }
  toString = () => `append(${this.sizes})`
}

/** A command of one function; most need no more. */
class Do implements Command {
  readonly name: string
  readonly work: (model: Model, real: Real) => Promise<void>
  constructor(name: string, work: Do['work']) {
    this.name = name
    this.work = work
  }
  check = () => true
  run = (model: Model, real: Real) => this.work(model, real)
  toString = () => this.name
}

const sync = new Do('sync', async (_model, real) => settle(real))
const kill = new Do('kill -9', (model, real) => stop(model, real, { kind: 'process' }))
const powerCut = new Do('power cut', (model, real) => stop(model, real, { kind: 'power', random: () => 0 }))
const partly = (seed: number) =>
  new Do(`power cut, partial writeback ${seed}`, (model, real) =>
    stop(model, real, { kind: 'power', random: seededRandom(seed) }),
  )
const reopen = new Do('close and open', async (model, real) => {
  real.disk.fault = () => undefined
  await real.spool?.close()
  await settle(real)
  await start(model, real)
})
const failing = (error: string, operation: string, after: number) =>
  new Do(`${error} at ${operation} ${after}`, async (_model, real) => {
    let seen = 0
    real.disk.fault = (step) => (step.operation === operation && seen++ === after ? { error } : undefined)
  })
const short = (shortBytes: number) =>
  new Do(`short writes of ${shortBytes}`, async (_model, real) => {
    real.disk.fault = ({ operation }) => (operation === 'write' ? { shortBytes } : undefined)
  })
const diskSize = (bytes: number) =>
  new Do(`disk of ${bytes}`, async (_model, real) => {
    real.disk.capacityBytes = bytes
  })
const read = new Do('read', async (model, real) => {
  if (!real.spool) return
  const durable = real.spool.durableSeq
  const due = [...model.sure.keys()].filter((seq) => seq > model.checkpoint && seq <= durable).sort((a, b) => a - b)
  const frames = await real.spool.read(model.checkpoint, { maxFrames: 5, maxBytes: 2000 }).catch((error: unknown) => {
    expect(['spool_io', 'spool_unavailable', 'spool_full']).toContain((error as { code: string }).code)
    return undefined
  })
  if (frames === undefined) return
  expect(frames.length > 0).toBe(durable > model.checkpoint)
  expect(frames.map(({ seq }) => seq).slice(0, due.length)).toEqual(due.slice(0, frames.length))
  for (const { seq } of frames) expect(seq).toBeLessThanOrEqual(durable)
})
const checkpoint = (part: number) =>
  new Do(`checkpoint ${part}`, async (model, real) => {
    if (!real.spool) return
    const seq = model.checkpoint + Math.floor((real.spool.durableSeq - model.checkpoint) * part)
    await real.spool.saveCheckpoint(checkpointAt(seq)).then(
      () => {
        model.checkpoint = seq
      },
      (error: unknown) => {
        real.reached.add((error as { code: string }).code)
      },
    )
  })
const release = new Do('release', async (_model, real) => {
  await real.spool?.release().catch(() => undefined)
})

const commands = fc.commands<Model, Real, false>(
  [
    fc
      .array(fc.oneof(fc.integer({ min: 10, max: 200 }), fc.integer({ min: 900, max: 3000 })), {
        minLength: 1,
        maxLength: 5,
      })
      .map((sizes) => new Append(sizes)),
    fc.constant(sync),
    fc.constant(kill),
    fc.constant(powerCut),
    fc.integer().map(partly),
    fc.constant(reopen),
    fc
      .tuple(
        fc.constantFrom('ENOSPC', 'EDQUOT', 'EIO', 'EROFS'),
        fc.constantFrom('write', 'datasync', 'rename', 'syncDir', 'open'),
        fc.nat(4),
      )
      .map((args) => failing(...args)),
    fc.integer({ min: 1, max: 300 }).map(short),
    fc.constantFrom(6_000, 12_000, Number.POSITIVE_INFINITY).map(diskSize),
    fc.constant(read),
    fc.constantFrom(0, 0.3, 0.7, 1).map(checkpoint),
    fc.constant(release),
  ],
  { maxCommands: 40 },
)

describe('the spool against its model', () => {
  it('finds what it acknowledged, in order, invents nothing, repeats nothing, whatever the disk does', async () => {
    const reached = new Set<string>()
    await fc.assert(
      fc.asyncProperty(commands, async (history) => {
        const model: Model = { sure: new Map(), tried: new Set(), checkpoint: 0 }
        const real: Real = { disk: new MemoryFs(), spool: undefined, starts: 0, waiting: [], reached }
        real.disk.random = seededRandom(written)
        await start(model, real)
        await fc.asyncModelRun(() => ({ model, real }), history)
        // The end of every history: the machine goes down, and what was promised is there.
        real.disk.capacityBytes = Number.POSITIVE_INFINITY
        await stop(model, real, { kind: 'power', random: seededRandom(written) })
        await real.spool?.close()
      }),
      { numRuns: 500, endOnFailure: false },
    )
    // The run means something only if it came past these.
    expect([...reached]).toEqual(expect.arrayContaining(['spool_full', 'spool_io', 'torn tail']))
  }, 180_000)
})
