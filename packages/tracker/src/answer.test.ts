import { expect, test } from 'vitest'
import { judge } from './answer.ts'

const ids = ['a', 'b', 'c']
const taken = { accepted: 2, duplicates: 0, rejected: [{ index: 1, errors: [] }], warnings: [] }

test('a 2xx of ours settles the whole batch and counts what it rejects', () => {
  expect(judge(202, taken, ids)).toEqual({ kind: 'done', ids: new Set(ids), rejected: 1 })
  expect(judge(200, { ...taken, accepted: 0, duplicates: 3, rejected: [] }, ids)).toMatchObject({
    kind: 'done',
    rejected: 0,
  })
})

test('a 2xx that is not ours settles nothing', () => {
  for (const body of [undefined, {}, { ok: true } as never, { accepted: 3 }, { rejected: [] }])
    expect(judge(200, body, ids)).toEqual({ kind: 'wait', long: false })
})

test('a 400 settles what it names, and only that', () => {
  expect(judge(400, { ...taken, accepted: 0 }, ids)).toEqual({ kind: 'done', ids: new Set(['b']), rejected: 1 })
  expect(judge(400, { rejected: [{ index: 9, errors: [] }] }, ids)).toEqual({ kind: 'split' })
  expect(judge(400, { rejected: [] }, ids)).toEqual({ kind: 'split' })
  expect(judge(400, undefined, ids)).toEqual({ kind: 'split' })
})

test('what the collector can never take is split; what it may take later waits', () => {
  for (const status of [413, 415, 422]) expect(judge(status, undefined, ids)).toEqual({ kind: 'split' })
  for (const status of [0, 301, 408, 425, 429, 500, 502, 503])
    expect(judge(status, undefined, ids)).toEqual({ kind: 'wait', long: false })
  for (const status of [401, 403, 404, 405, 410])
    expect(judge(status, undefined, ids)).toEqual({ kind: 'wait', long: true })
})
