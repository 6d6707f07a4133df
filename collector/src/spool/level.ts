import type { FsSpace } from './fs.ts'
import type { SegmentLimits, Segments } from './segments.ts'
import type { Fill, Level } from './types.ts'

/**
 * How full the spool is. Only what must not be dropped counts as used: retained segments make room when it is needed.
 * The limit is the quota, or what the disk can still give if that is less.
 */
export function level(
  segments: Pick<Segments, 'retainedBytes' | 'blankBytes' | 'files'>,
  heldBytes: number,
  space: FsSpace,
  limits: Pick<SegmentLimits, 'maxBytes' | 'reserveBytes'>,
): Level {
  const free = Math.max(0, space.freeBytes - limits.reserveBytes)
  const disk = heldBytes + segments.blankBytes + segments.retainedBytes + free
  const bytes = fill(heldBytes, Math.min(limits.maxBytes, disk))
  // 0 of 0: a file system that makes inodes as it goes.
  const inodeLimit = space.totalInodes === 0 ? Number.MAX_SAFE_INTEGER : segments.files + space.freeInodes
  const inodes = fill(segments.files, inodeLimit)
  return { bytes, inodes, fraction: Math.max(bytes.fraction, inodes.fraction) }
}

function fill(used: number, limit: number): Fill {
  return { used, limit, fraction: limit > 0 ? Math.min(1, used / limit) : 1 }
}
