import { BATCH_EVENTS_MAX, batch } from '@offertrail/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Access, bearerOf } from '../../../access/keys.ts'
import { readJson } from '../../../body.ts'
import { Problem } from '../../../errors.ts'
import type { Delivery } from '../../../ingest/index.ts'
import type { Receipt } from '../../../intake/intake.ts'
import type { Services } from '../../../services.ts'

/** POST /api/analytics/events: a batch, from pages, back ends and anything that speaks HTTP. */
export default fp<{ services: Services }>(
  async (app, { services }) => {
    app.post('/api/analytics/events', { config: { crossOrigin: true } }, async (request, reply) => {
      const body = parseBatch(await readJson(request.body as Buffer | undefined, request.headers['content-encoding']))
      const access = authorize(request, body.key, services)
      const delivery = deliveryOf(request, access, body.sent_at)
      limit(access, request.ip, body.events.length, delivery.receivedAt, services)
      const receipt = await services.intake.submit(body.events, delivery)
      count(receipt, services)
      return answer(receipt, reply)
    })
  },
  { name: 'route-events', dependencies: ['http'] },
)

interface Batch {
  sent_at?: string | undefined
  key?: string | undefined
  events: unknown[]
}

function parseBatch(json: unknown): Batch {
  const parsed = batch.safeParse(json)
  if (!parsed.success) {
    const errors = parsed.error.issues
      .slice(0, 10)
      .map(({ path, message }) => ({ path: path.map((key) => `/${String(key)}`).join(''), message }))
    throw new Problem('bad_envelope', 'Send {"sent_at", "key", "events": [...]}.', { extra: { errors } })
  }
  const { events } = parsed.data
  if (events.length === 0) throw new Problem('bad_envelope', '"events" is empty; send at least one.')
  if (events.length > BATCH_EVENTS_MAX)
    throw new Problem(
      'too_many_events',
      `A batch has at most ${BATCH_EVENTS_MAX} events, this one ${events.length}; split it.`,
    )
  return parsed.data
}

/** The key's access, if it may be used from where the request comes. */
export function authorize(request: FastifyRequest, keyInBody: string | undefined, { keys, config }: Services): Access {
  const keyInHeader = bearerOf(request.headers.authorization)
  const isAmbiguous = keyInHeader !== undefined && keyInBody !== undefined && keyInHeader !== keyInBody
  const access = isAmbiguous ? undefined : keys.check(keyInHeader ?? keyInBody)
  if (!access) throw new Problem('unauthorized', 'Send a key as "Authorization: Bearer …" or as "key" in the body.')
  if (
    access.kind === 'write' &&
    config.ALLOWED_ORIGINS.length > 0 &&
    !config.ALLOWED_ORIGINS.includes(request.headers.origin ?? '')
  ) {
    throw new Problem('forbidden_origin', 'ALLOWED_ORIGINS does not list the origin of this page.')
  }
  return access
}

/** What ingest needs to know of the request. */
export function deliveryOf(request: FastifyRequest, access: Access, sentAt: string | undefined): Delivery {
  const { headers } = request
  return {
    receivedAt: request.arrivedAt,
    keyKind: access.kind,
    // Without keys, a browser is known by what only browsers send; anything else is a server's call.
    fromBrowser:
      access.kind === 'write' ||
      (access.kind === 'open' && (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined)),
    userAgent: headers['user-agent'] ?? '',
    address: request.ip,
    privacySignal: headers['sec-gpc'] === '1' || headers.dnt === '1',
    strict: (request.query as { strict?: string }).strict === '1',
    ...(sentAt === undefined ? {} : { sentAt: Date.parse(sentAt) }),
  }
}

export function limit(
  { kind, keyId }: Access,
  address: string,
  events: number,
  now: number,
  { limits, spoolIsFull }: Services,
): void {
  const wait = kind === 'open' ? 0 : limits[kind].take(kind === 'write' ? address : keyId, events, now)
  if (wait > 0)
    throw new Problem('rate_limited', 'More events than this key or address may send; try again later.', {
      retryAfterSeconds: wait,
    })
  if (spoolIsFull())
    throw new Problem('spool_full', 'ClickHouse has not taken events for long; they are refused until there is room.', {
      retryAfterSeconds: 30,
    })
}

export function count({ accepted, duplicates, reasons }: Receipt, { metrics }: Services): void {
  metrics.accepted.inc(accepted)
  metrics.duplicates.inc(duplicates)
  for (const reason of reasons) metrics.rejected.inc({ reason })
}

function answer({ accepted, duplicates, rejected, warnings }: Receipt, reply: FastifyReply) {
  const body = { accepted, duplicates, rejected, warnings }
  if (accepted + duplicates === 0)
    throw new Problem('no_valid_event', 'Every event was refused; "rejected" says why.', { extra: body })
  return reply.code(202).send(body)
}
