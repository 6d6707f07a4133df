import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { bearerOf } from './access/keys.ts'
import { Problem, type ProblemCode, problems } from './errors.ts'
import type { Services } from './services.ts'
import { SpoolError } from './spool/index.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Milliseconds since 1970 at which the headers were here. */
    arrivedAt: number
  }
  interface FastifyContextConfig {
    /** Pages of other origins may call this and read the answer. */
    crossOrigin?: boolean
    /** Needs an admin key. */
    admin?: boolean
  }
}

/** What all routes share: bodies as bytes, time of arrival, CORS, admin keys, security headers, and problems as answers. */
export default fp<{ services: Services }>(
  async (app, { services }) => {
    readBodiesAsBytes(app)
    app.decorateRequest('arrivedAt', 0)
    let stopping = false
    app.addHook('preClose', async () => {
      stopping = true
    })
    app.addHook('onRequest', async (request, reply) => {
      request.arrivedAt = Date.now()
      reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
      if (request.routeOptions.config.crossOrigin) allowOrigin(request, services, (headers) => reply.headers(headers))
      if (stopping) throw new Problem('stopping', 'Try again.', { retryAfterSeconds: RETRY_SECONDS })
      if (request.routeOptions.config.admin) requireAdmin(request, services)
    })
    app.options('/api/analytics/events', { config: { crossOrigin: true } }, async (_request, reply) => {
      reply.headers({
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'authorization, content-type, content-encoding',
        'access-control-max-age': '600',
      })
      return reply.code(204).send()
    })
    app.setNotFoundHandler(async (request, reply) => {
      const url = request.url.replace(/\?.*$/, '')
      const allowed = methods.filter((method) => app.hasRoute({ method, url }))
      if (allowed.length === 0)
        return sendProblem(reply, new Problem('not_found', 'See /openapi.json or the README for what is here.'))
      reply.header('allow', allowed.join(', '))
      return sendProblem(reply, new Problem('method_not_allowed', `Use ${allowed.join(' or ')}.`))
    })
    app.setErrorHandler(async (error: FastifyError, request, reply) => {
      const problem = problemOf(error)
      if (problem.status >= 500)
        request.log.error({ err: error.cause ?? error, code: problem.code }, 'http: a request failed')
      return sendProblem(reply, problem)
    })
    app.addHook('onResponse', async (request, reply) => {
      if (request.routeOptions.url === '/api/analytics/events')
        services.metrics.requests.inc({ status: String(reply.statusCode) })
    })
  },
  { name: 'http' },
)

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** JSON is read by body.ts in one way, whatever the content type is spelled like: Fastify's own parsers have been got around before. */
function readBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(['application/json', 'text/plain'], { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]?.toLowerCase()
    if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
      done(new Problem('unsupported_type', 'Text must be UTF-8.'))
    else done(null, body)
  })
}

function allowOrigin(
  { headers }: FastifyRequest,
  { config }: Services,
  set: (headers: Record<string, string>) => void,
): void {
  const { origin } = headers
  set({ vary: 'Origin' })
  if (origin === undefined) return
  if (config.ALLOWED_ORIGINS.length > 0 && !config.ALLOWED_ORIGINS.includes(origin)) return
  set({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'Retry-After',
    'cross-origin-resource-policy': 'cross-origin',
  })
}

function requireAdmin({ headers }: FastifyRequest, { keys }: Services): void {
  const key = bearerOf(headers.authorization)
  const access = key === undefined ? undefined : keys.check(key)
  if (!access) throw new Problem('unauthorized', 'Send an admin key as "Authorization: Bearer …".')
  if (access.kind !== 'admin') throw new Problem('forbidden', 'This needs an admin key.')
}

/** Answers with an RFC 9457 document. */
export function sendProblem(reply: unknown, problem: Problem) {
  const answer = reply as FastifyReply
  const headers: Record<string, string> = { 'content-type': 'application/problem+json; charset=utf-8' }
  if (problem.retryAfterSeconds !== undefined) headers['retry-after'] = String(problem.retryAfterSeconds)
  return answer.code(problem.status).headers(headers).send(JSON.stringify(problem))
}

/** Retry after this when the disk or the process says no for a moment. */
const RETRY_SECONDS = 5

/** What an error is for the client. Fastify's own words can repeat the request, so they are not used. */
export function problemOf(error: Error & { code?: string; statusCode?: number }): Problem {
  if (error instanceof Problem) return error
  if (error instanceof SpoolError) return spoolProblem(error)
  const code = byFastifyCode[error.code ?? ''] ?? byStatus(error.statusCode)
  return new Problem(code, code === 'internal' ? 'The fault is logged; try again.' : problems[code].title, {
    cause: error,
  })
}

function spoolProblem(error: SpoolError): Problem {
  const retry = { retryAfterSeconds: RETRY_SECONDS, cause: error }
  if (error.code === 'frame_too_large')
    return new Problem('too_large', 'The batch is too large to be kept; send fewer events at once.', { cause: error })
  if (error.code === 'spool_full' || error.code === 'spool_busy')
    return new Problem('spool_full', 'There is no room on disk for more events now.', retry)
  if (error.code === 'spool_closed')
    return new Problem('stopping', 'The collector is stopping; send the events again.', retry)
  return new Problem('unavailable', 'The disk does not take events; send them again.', retry)
}

const byFastifyCode: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_request',
  FST_ERR_BAD_URL: 'bad_request',
  FST_ERR_HANDLER_TIMEOUT: 'timeout',
}

function byStatus(status: number | undefined): ProblemCode {
  if (status === undefined || status >= 500) return 'internal'
  if (status === 413) return 'too_large'
  if (status === 415) return 'unsupported_type'
  if (status === 408) return 'timeout'
  return 'bad_request'
}
