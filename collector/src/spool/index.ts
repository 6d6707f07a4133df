export type { Frame } from './format.ts'
export type { Fs, FsFile, FsSpace } from './fs.ts'
export { nodeFs } from './node-fs.ts'
export { nodeProcesses, type ProcessTable } from './process-table.ts'
export { openSpool } from './spool.ts'
export { SpoolError, type SpoolErrorCode } from './spool-error.ts'
export type {
  Checkpoint,
  Fill,
  Level,
  Manifest,
  ReadLimits,
  Spool,
  SpoolLog,
  SpoolOptions,
  SpoolStats,
} from './types.ts'
