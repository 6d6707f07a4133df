export type { ReaderAccess, SqlPortEngine } from './engine-link.ts'
export { DEFAULT_SQL_PORT_LIMITS, type SqlPortLimits } from './limits.ts'
export { type SqlPort, type SqlPortLog, type SqlPortOptions, startSqlPort } from './sql-port.ts'
