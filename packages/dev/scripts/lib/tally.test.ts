import { expect, test } from 'vitest'
import { tally } from './tally.mjs'

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((one) => ({ status: one })),
})

test('counts passed, failed and skipped tests over all files', () => {
  const report = {
    testResults: [file('passed', 'passed', 'pending', 'todo'), file('failed', 'passed', 'failed', 'failed', 'skipped')],
  }
  expect(tally(report, 1)).toEqual({ passed: 2, failed: 2, skipped: 3 })
})

test('counts a file that did not load as one failure', () => {
  expect(tally({ testResults: [file('passed', 'passed'), file('failed')] }, 1)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 0,
  })
})

test('counts a file whose tests passed but whose teardown did not as one failure', () => {
  expect(tally({ testResults: [file('failed', 'passed')] }, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

test('is red when vitest is, even if every test passed', () => {
  expect(tally({ testResults: [file('passed', 'passed')] }, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

test('is red when vitest wrote no report', () => {
  expect(tally(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('is red when no test ran, all of them skipped', () => {
  expect(tally({ testResults: [file('passed', 'skipped')] }, 0)).toEqual({ passed: 0, failed: 1, skipped: 1 })
})
