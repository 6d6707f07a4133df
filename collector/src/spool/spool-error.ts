/**
 * Everything the spool can refuse with. Callers decide on the code, never on the message:
 * - `spool_full`        quota, disk, inodes or user quota used up; heals when space frees: answer 503, try again later
 * - `spool_busy`        too many bytes wait in memory for the disk; heals by itself: answer 503, try again later
 * - `spool_unavailable` the disk refuses without being broken (read-only, no file descriptors): 503, try again later
 * - `spool_io`          the disk failed; what was in flight is not acknowledged and this process must not go on using the spool
 * - `spool_closed`      `close()` was called
 * - `spool_locked`      another process holds the directory
 * - `spool_format`      the directory was written by a newer version and was left untouched
 * - `frame_too_large`   one payload over `maxFrameBytes`
 * - `manifest_in_doubt` a manifest may go only after the checkpoint covers it
 */
export type SpoolErrorCode =
  | 'spool_full'
  | 'spool_busy'
  | 'spool_unavailable'
  | 'spool_io'
  | 'spool_closed'
  | 'spool_locked'
  | 'spool_format'
  | 'frame_too_large'
  | 'manifest_in_doubt'

/** The only error class the spool throws on purpose; `cause` holds the error of the file system, if there was one. */
export class SpoolError extends Error {
  readonly code: SpoolErrorCode

  constructor(code: SpoolErrorCode, message: string, options?: ErrorOptions) {
    super(`spool: ${message}`, options)
    this.name = 'SpoolError'
    this.code = code
  }
}

/** The `code` of a system error (`ENOSPC`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** True for the errors that mean "no room", which heal without a restart. EFBIG is a limit on the size of files. */
export function isFull(error: unknown): boolean {
  return FULL.has(errorCode(error) ?? '')
}

/**
 * Translates an error of the file system into one of the spool. Whatever is not known to be harmless counts as a
 * broken disk: after an unknown error of write or fsync nobody knows what is on it.
 */
export function toSpoolError(error: unknown, doing: string): SpoolError {
  if (error instanceof SpoolError) return error
  const code = errorCode(error) ?? 'unknown error'
  if (isFull(error)) {
    return new SpoolError('spool_full', `no room while ${doing} (${code}); free disk space or raise the spool quota`, {
      cause: error,
    })
  }
  if (REFUSING.has(code)) {
    return new SpoolError('spool_unavailable', `the disk refuses ${doing} (${code}); check mount, rights, ulimit -n`, {
      cause: error,
    })
  }
  return new SpoolError('spool_io', `the disk failed while ${doing} (${code}); restart, then check the disk`, {
    cause: error,
  })
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const REFUSING = new Set(['EROFS', 'EMFILE', 'ENFILE', 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR'])
