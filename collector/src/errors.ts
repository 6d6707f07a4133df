/** Every way a request can fail, with the code clients decide on. Answers are RFC 9457 problem documents. */
export const problems = {
  bad_json: { status: 400, title: 'The body is not JSON' },
  bad_encoding: { status: 400, title: 'The body cannot be decompressed' },
  bad_envelope: { status: 400, title: 'The body is not a batch' },
  bad_request: { status: 400, title: 'The request is malformed' },
  no_valid_event: { status: 400, title: 'No event of the batch is valid' },
  too_deep: { status: 400, title: 'The JSON nests too deep' },
  unauthorized: { status: 401, title: 'The key is missing or unknown' },
  forbidden: { status: 403, title: 'The key does not allow this' },
  forbidden_origin: { status: 403, title: 'The key may not be used from this origin' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This method is not for this address' },
  timeout: { status: 408, title: 'The request took too long to arrive' },
  too_large: { status: 413, title: 'The body is too large' },
  too_many_events: { status: 413, title: 'The batch has too many events' },
  unsupported_type: { status: 415, title: 'The content type or encoding is not accepted' },
  rate_limited: { status: 429, title: 'Too many events' },
  internal: { status: 500, title: 'The collector failed' },
  spool_full: { status: 503, title: 'The collector has no room for more events' },
  stopping: { status: 503, title: 'The collector is stopping' },
  unavailable: { status: 503, title: 'The collector cannot do this now' },
} as const

export type ProblemCode = keyof typeof problems

/** A request that failed in a way we foresee. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly retryAfterSeconds: number | undefined
  /** More members of the problem document. */
  readonly extra: Record<string, unknown>

  constructor(
    code: ProblemCode,
    detail: string,
    options: { retryAfterSeconds?: number; extra?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
    this.extra = options.extra ?? {}
  }

  get status(): number {
    return problems[this.code].status
  }

  /** https://www.rfc-editor.org/rfc/rfc9457 */
  toJSON(): Record<string, unknown> {
    const { status, title } = problems[this.code]
    return {
      type: `urn:offertrail:problem:${this.code}`,
      title,
      status,
      detail: this.message,
      code: this.code,
      ...this.extra,
    }
  }
}
