import type { ServerResponse } from 'node:http'

/** ClickHouse's codes that this port answers with by itself, their names, and the HTTP status ClickHouse gives them. */
const KINDS = {
  UNKNOWN_FUNCTION: { code: 46, status: 404 },
  UNSUPPORTED_METHOD: { code: 1, status: 501 },
  SYNTAX_ERROR: { code: 62, status: 400 },
  INCORRECT_DATA: { code: 117, status: 400 },
  UNKNOWN_COMPRESSION_METHOD: { code: 89, status: 400 },
  UNKNOWN_SETTING: { code: 115, status: 404 },
  TIMEOUT_EXCEEDED: { code: 159, status: 408 },
  READONLY: { code: 164, status: 500 },
  TOO_MANY_SIMULTANEOUS_QUERIES: { code: 202, status: 503 },
  NETWORK_ERROR: { code: 210, status: 503 },
  HTTP_LENGTH_REQUIRED: { code: 381, status: 413 },
  SUPPORT_IS_DISABLED: { code: 344, status: 501 },
  ACCESS_DENIED: { code: 497, status: 500 },
  AUTHENTICATION_FAILED: { code: 516, status: 403 },
} as const

export type ErrorName = keyof typeof KINDS

/** A refusal in ClickHouse's own form, so that every client of ClickHouse can read it. */
export class ClickHouseError extends Error {
  readonly code: number
  readonly status: number
  /** What a client reads: the whole line, as ClickHouse writes it. */
  readonly text: string

  constructor(name: ErrorName, message: string, status: number = KINDS[name].status) {
    const { code } = KINDS[name]
    const text = `Code: ${code}. DB::Exception: ${message}. (${name})`
    super(text)
    this.name = 'ClickHouseError'
    this.code = code
    this.status = status
    this.text = text
  }
}

/** The engine's own refusal, passed on word for word. */
export class EngineAnswerError extends Error {
  readonly code: number
  readonly status: number
  readonly text: string

  constructor(code: number, status: number, text: string) {
    super(text)
    this.name = 'EngineAnswerError'
    this.code = code
    this.status = status
    this.text = text
  }
}

/** Answers with an error; when the answer has begun already, cuts it off so that nobody takes it for whole. */
export function sendError(response: ServerResponse, error: ClickHouseError | EngineAnswerError): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.statusCode = error.status
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
  response.setHeader('X-ClickHouse-Exception-Code', String(error.code))
  if (error.status === 503) response.setHeader('Retry-After', '1')
  response.end(`${error.text}\n`)
}
