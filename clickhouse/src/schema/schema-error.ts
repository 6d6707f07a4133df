/** The SQL files, or what they ask of the database, are wrong: somebody has to edit a file. */
export class SchemaError extends Error {
  readonly code = 'SCHEMA'
  /** Relative to the folder with tables/ and kpis/. */
  readonly file: string
  constructor(file: string, message: string, options?: ErrorOptions) {
    super(`schema: ${file}: ${message}`, options)
    this.name = 'SchemaError'
    this.file = file
  }
}
