import { SpoolError } from './spool-error.ts'

type Waiter = { afterSeq: number; resolve: () => void; reject: (reason: unknown) => void }

/** Those who wait for frames behind a seq; woken by each fdatasync, no polling. */
export class Waiters {
  #waiting = new Set<Waiter>()
  #unreadable = { afterSeq: 0, throughSeq: 0 }
  #closed = false

  wait(afterSeq: number, durableSeq: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#closed) return Promise.reject(new SpoolError('spool_closed', 'it was closed'))
    // Seqs found unreadable do not count, or whoever reads and waits in turn would spin.
    const { afterSeq: from, throughSeq: to } = this.#unreadable
    const readable = afterSeq >= from ? Math.max(afterSeq, to) : afterSeq
    if (durableSeq > readable) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        this.#waiting.delete(waiter)
        signal?.removeEventListener('abort', abort)
        then()
      }
      const abort = () => settle(() => reject(signal?.reason))
      const waiter = {
        afterSeq,
        resolve: () => settle(resolve),
        reject: (reason: unknown) => settle(() => reject(reason)),
      }
      this.#waiting.add(waiter)
      signal?.addEventListener('abort', abort)
    })
  }

  wake(durableSeq: number): void {
    for (const waiter of [...this.#waiting]) if (waiter.afterSeq < durableSeq) waiter.resolve()
  }

  /** A read to the end found nothing, though these seqs should have been there. */
  nothingIn(afterSeq: number, throughSeq: number): void {
    if (throughSeq > afterSeq) this.#unreadable = { afterSeq, throughSeq }
  }

  close(): void {
    this.#closed = true
    for (const waiter of [...this.#waiting]) waiter.reject(new SpoolError('spool_closed', 'it was closed'))
  }
}
