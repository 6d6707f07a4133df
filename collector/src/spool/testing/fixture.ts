import type { Frame } from '../format.ts'
import type { ProcessTable } from '../process-table.ts'
import type { Spool, SpoolLog, SpoolOptions } from '../types.ts'

/** Small numbers, so that a few frames fill a segment and every border is met. */
export const SMALL = {
  segmentBytes: 1024,
  maxBytes: 16 * 1024,
  maxFrameBytes: 4 * 1024,
  reserveBytes: 512,
  retainBytes: 4 * 1024,
} satisfies Partial<SpoolOptions>

/** Keeps what was logged, to be looked at. */
export function memoryLog(): SpoolLog & {
  lines: { level: string; message: string; fields: Record<string, unknown> }[]
} {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  const at = (level: string) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level, message, fields })
  }
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}

/** Each call is a process of its own; the ones before are dead. */
export function processesOf(pid: number, bootId = 'boot-1'): ProcessTable {
  return { pid, bootId, startTime: (other) => (other === pid ? `started-${pid}` : undefined) }
}

export const text = (frame: Frame) => Buffer.from(frame.payload).toString()

/** Appends a string and resolves with its seq. */
export function put(spool: Spool, value: string, recvMs = 1): Promise<number> {
  return spool.append(Buffer.from(value), { recvMs, type: 1 })
}

/** Everything that is still there, as [seq, text], copied. */
export async function everything(spool: Spool, fromSeq = 1): Promise<[number, string][]> {
  const found: [number, string][] = []
  for await (const frame of spool.replay(fromSeq)) found.push([frame.seq, text(frame)])
  return found
}

export const checkpointAt = (durable_seq: number) => ({ durable_seq, boot_id: 'boot-1', engine_id: 'engine-1' })

export function manifestOf(batch_id: string, first_seq: number, last_seq: number) {
  return { batch_id, first_seq, last_seq, rows: last_seq - first_seq + 1, sha256: 'f'.repeat(64) }
}
