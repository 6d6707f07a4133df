import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeLines } from '../ingest/index.ts'
import { countingIds, fromServer } from '../ingest/testing.ts'
import { SpoolError } from '../spool/index.ts'
import { openTestSpool } from '../testing.ts'
import { createIntake, type Intake, recallIds } from './intake.ts'
import { createRecentIds } from './recent-ids.ts'

let test: Awaited<ReturnType<typeof openTestSpool>>
let intake: Intake
beforeEach(async () => {
  test = await openTestSpool()
  intake = createIntake({ spool: test.spool, recentIds: createRecentIds(1_000), tools: countingIds() })
})
afterEach(() => test.remove())

const event = (n: number, more = {}) => ({
  event_id: `0192f0c1-aaaa-7000-8000-${String(n).padStart(12, '0')}`,
  type: 'interaction',
  interaction_type: 'page_view',
  ...more,
})
const spooled = async () => {
  const frames = await test.spool.read(0, { maxFrames: 1_000, maxBytes: 1e9 })
  return frames.flatMap(({ payload }) => decodeLines(payload)).map(({ table, eventId }) => [table, eventId.slice(-2)])
}

describe('intake', () => {
  it('has everything on disk before it says so', async () => {
    expect(await intake.submit([event(1), event(2), { type: 'nope' }], fromServer)).toMatchObject({
      accepted: 2,
      duplicates: 0,
      rejected: [{ index: 2 }],
    })
    expect(await spooled()).toEqual([
      ['user_interactions', '01'],
      ['event_stream', '01'],
      ['user_interactions', '02'],
      ['event_stream', '02'],
      ['rejected_events', ''],
    ])
  })

  it('keeps a repeated id once, within a request and between requests, and records each repetition', async () => {
    expect(await intake.submit([event(1), event(1), event(1, { page_title: 'other' })], fromServer)).toMatchObject({
      accepted: 1,
      duplicates: 2,
    })
    expect(await intake.submit([event(1)], fromServer)).toMatchObject({ accepted: 0, duplicates: 1 })
    const frames = await test.spool.read(0, { maxFrames: 10, maxBytes: 1e9 })
    const repetitions = frames
      .flatMap(({ payload }) => decodeLines(payload))
      .filter(({ table }) => table === 'duplicate_events')
    expect(repetitions.map(({ json }) => (JSON.parse(json) as { is_conflict: boolean }).is_conflict)).toEqual([
      false,
      true,
      false,
    ])
  })

  it('keeps an event once when it comes many times at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => intake.submit([event(1)], fromServer)))
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(1)
    expect(answers.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(19)
  })

  it('knows the ids again after a restart, from what the spool still holds', async () => {
    await intake.submit([event(1), event(2)], fromServer)
    const recentIds = createRecentIds(1_000)
    expect(await recallIds(test.spool, recentIds)).toBe(2)
    const again = createIntake({ spool: test.spool, recentIds, tools: countingIds() })
    expect(await again.submit([event(2), event(3)], fromServer)).toMatchObject({ accepted: 1, duplicates: 1 })
  })

  it('remembers ids without the events they came in', async () => {
    const text = 'x'.repeat(4_000)
    for (let n = 0; n < 2_000; n += 100)
      await intake.submit(
        Array.from({ length: 100 }, (_, i) => event(n + i, { interaction_data: { text } })),
        fromServer,
      )
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    const recentIds = createRecentIds(10_000)
    expect(await recallIds(test.spool, recentIds)).toBe(2_000)
    collectGarbage()
    // The ids themselves take some hundred kilobytes, the events eight million bytes.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000)
    expect(recentIds.size).toBe(2_000)
  })

  it('takes an event anew that could not be written, and promises nothing to who repeated it meanwhile', async () => {
    const recentIds = createRecentIds(10)
    let fail = (_error: Error) => {}
    const broken = createIntake({
      spool: { ...test.spool, append: () => new Promise((_resolve, reject) => (fail = reject)) },
      recentIds,
      tools: countingIds(),
    })
    const first = broken.submit([event(1)], fromServer)
    const second = createIntake({ spool: test.spool, recentIds, tools: countingIds() }).submit([event(1)], fromServer)
    fail(new SpoolError('spool_full', 'no room'))
    await expect(first).rejects.toMatchObject({ code: 'spool_full' })
    await expect(second).rejects.toMatchObject({ code: 'spool_full' })
    expect(await intake.submit([event(1)], fromServer)).toMatchObject({ accepted: 1 })
  })
})

it('remembers ids up to its bound, the latest ones', () => {
  const ids = createRecentIds(4)
  for (let n = 0; n < 10; n += 1) ids.set(String(n), { contentHash: '' })
  expect(ids.size).toBeLessThanOrEqual(4)
  expect([ids.get('9'), ids.get('0')]).toEqual([{ contentHash: '' }, undefined])
})
