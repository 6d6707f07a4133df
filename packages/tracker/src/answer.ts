import type { BatchAnswer } from '@offertrail/contract'

/**
 * What an answer means for the batch it answers. `done`: these ids are settled, `rejected` of them refused. `split`: something in
 * the batch can't be taken, and nobody said what: send less at once. `wait`: keep everything; `long` when soon won't help.
 */
export type Verdict =
  | { kind: 'done'; ids: Set<string>; rejected: number }
  | { kind: 'split' }
  | { kind: 'wait'; long: boolean }

/**
 * Judges by the status and the body that was read, never by the status alone: a 2xx of a captive portal acknowledges nothing.
 * `status` 0 is a request that failed or timed out.
 */
export function judge(status: number, body: Partial<BatchAnswer> | undefined, ids: readonly string[]): Verdict {
  const rejected = Array.isArray(body?.rejected) ? body.rejected : undefined
  if (status >= 200 && status < 300 && rejected && typeof body?.accepted === 'number')
    return { kind: 'done', ids: new Set(ids), rejected: rejected.length }
  if (status === 400 && rejected?.length) {
    const named = new Set<string>()
    for (const { index } of rejected) if (ids[index]) named.add(ids[index])
    return named.size ? { kind: 'done', ids: named, rejected: named.size } : { kind: 'split' }
  }
  if ([400, 413, 415, 422].includes(status)) return { kind: 'split' }
  // No key, wrong origin, wrong address: somebody has to change a setting first.
  return { kind: 'wait', long: status > 400 && status < 500 && status !== 408 && status !== 425 && status !== 429 }
}
