/** Every bound of the SQL port, with its unit and reason. */
export interface SqlPortLimits {
  /** Request line and headers, bytes. A statement may come in the address, so this is generous. */
  headerBytesMax: number
  /** A body, as sent and again after inflating, bytes. Statements are text; data cannot be inserted here. */
  bodyBytesMax: number
  /** Open connections; more are closed at once. */
  connectionsMax: number
  /** Statements under way at a time, as many as the engine lets the reader have; more are told to come again. */
  statementsMax: number
  /** Time a client has to send its whole request, milliseconds. */
  requestMsMax: number
  /** Time a connection may pass without a byte either way, milliseconds. Longer than the engine lets a statement run. */
  idleMsMax: number
  /** Time the check of a statement may take, milliseconds. */
  gateMsMax: number
}

export const DEFAULT_SQL_PORT_LIMITS: SqlPortLimits = {
  headerBytesMax: 262_144,
  bodyBytesMax: 1_048_576,
  connectionsMax: 64,
  statementsMax: 8,
  requestMsMax: 30_000,
  idleMsMax: 300_000,
  gateMsMax: 10_000,
}
