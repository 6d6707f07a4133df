/**
 * Counts tests from vitest's JSON report. What vitest does not count as a failed test still counts as one failure here: a
 * file that did not load, an error outside of any test, a crash without a report, and a run in which no test ran at all.
 */
export function tally(report, exitCode) {
  const files = report?.testResults ?? []
  const counted = { passed: 0, failed: 0, skipped: 0 }
  for (const { status, assertionResults } of files) {
    const failedHere = assertionResults.filter((test) => test.status === 'failed').length
    counted.failed += failedHere > 0 || status !== 'failed' ? failedHere : 1
    counted.passed += assertionResults.filter((test) => test.status === 'passed').length
    counted.skipped += assertionResults.filter((test) => !['passed', 'failed'].includes(test.status)).length
  }
  const wentWrong = exitCode !== 0 || counted.passed + counted.failed === 0
  return wentWrong && counted.failed === 0 ? { ...counted, failed: 1 } : counted
}
