import type { FastifyRequest } from 'fastify'
import type { ServerEvent } from './reporter.ts'

/** Who a request of a page is made for: what the tag told the page, and the browser's own header. */
export interface Person {
  user_id?: string
  anonymous_id?: string
  session_id?: string
  context: { user_agent?: string; consent?: Record<string, boolean> }
}

const USER_AGENT_LENGTH_MAX = 1_024
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Reads `ids` and `consent` of a body that a page sent. Nobody in particular when the page says nothing, the person refused, or
 * the browser asks not to be tracked: what the server then reports is about the server.
 */
export function readPerson(request: FastifyRequest, body: Record<string, unknown>): Person {
  const { headers } = request
  const consent = readConsent(body.consent)
  const refused = consent?.analytics === false || headers['sec-gpc'] === '1' || headers.dnt === '1'
  const ids = (typeof body.ids === 'object' && body.ids !== null ? body.ids : {}) as Record<string, unknown>
  const text = (value: unknown, max: number) =>
    typeof value === 'string' && value.length > 0 && value.length <= max ? value : undefined
  const anonymousId = text(ids.anonymous_id, 36)
  const found = {
    user_id: text(ids.user_id, 128),
    anonymous_id: anonymousId && uuid.test(anonymousId) ? anonymousId : undefined,
    session_id: text(ids.session_id, 64),
  }
  const known = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
  return {
    ...(refused ? {} : known),
    context: {
      user_agent: String(headers['user-agent'] ?? '').slice(0, USER_AGENT_LENGTH_MAX),
      ...(refused ? { consent: { analytics: false } } : consent ? { consent } : {}),
    },
  }
}

/** The same events, made for that person. */
export function forPerson(person: Person, events: readonly ServerEvent[]): ServerEvent[] {
  return events.map((event) => ({ ...event, ...person }))
}

function readConsent(input: unknown): Record<string, boolean> | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const given = Object.entries(input).filter(
    ([purpose, answer]) =>
      ['analytics', 'personalization', 'experiments'].includes(purpose) && typeof answer === 'boolean',
  )
  return given.length > 0 ? Object.fromEntries(given) : undefined
}
