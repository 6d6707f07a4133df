import { type EventDefinition, type EventError, KEY_LENGTH_MAX } from '@offertrail/contract'
import { canonicalJson, shortHash } from './hash.ts'
import { payloadOf } from './payload.ts'
import { steps } from './steps.ts'
import { sqlTime } from './times.ts'
import type { Accepted, AcceptedEvent, Delivery, Draft, Refusal, RefusalReason, Tools, Values } from './types.ts'
import { validate } from './validate.ts'

/** Fields left out that are named of one event: an answer must not grow beyond what was sent. */
const WARNINGS_MAX = 10

/**
 * Turns what was sent into what is kept: each event is validated, completed by the steps, and becomes a row of its table and a row
 * of `event_stream`; what is wrong is refused alone, with every fault located. Pure: same input, same output.
 */
export function accept(events: readonly unknown[], delivery: Delivery, tools: Tools): Accepted {
  const result: Accepted = { accepted: [], rejected: [], warnings: [] }
  for (const [index, input] of events.entries()) {
    const validated = validate(input, delivery)
    if ('reason' in validated) {
      result.rejected.push(refuse(index, input, validated.reason, validated.errors, delivery, tools))
      continue
    }
    const { definition, event, unknown } = validated
    result.accepted.push(complete(index, definition, event, delivery, tools))
    for (const path of unknown.slice(0, WARNINGS_MAX))
      result.warnings.push({ index, path, message: 'is not a field of this type; left out' })
    if (event.user_id && result.accepted.at(-1)?.row.user_id === undefined && !refusedIdentity(event, delivery)) {
      result.warnings.push({ index, path: '/user_id', message: 'means nobody; kept as empty' })
    }
  }
  return result
}

function complete(
  index: number,
  definition: EventDefinition,
  event: Values,
  delivery: Delivery,
  tools: Tools,
): AcceptedEvent {
  const { event_id: givenId, ...content } = event
  const eventId = String(givenId ?? tools.newId())
  const draft: Draft = { definition, event, row: {} }
  for (const step of steps) step(draft, delivery, tools)
  const { row } = draft
  const made: Record<string, string> = {}
  if (givenId === undefined) made.event_id = eventId
  if (definition.type === 'recommendation' && event.recommendation_id === undefined)
    made.recommendation_id = String(row.recommendation_id)
  const contentHash = shortHash(canonicalJson(content))
  return {
    index,
    eventId,
    contentHash,
    type: definition.type,
    made,
    table: definition.table,
    row: filled({ event_id: eventId, type: definition.type, ...row }),
    stream: filled(streamRow(eventId, contentHash, definition, row)),
  }
}

/** What all types have in common, for the views that hang on `event_stream`. */
function streamRow(eventId: string, contentHash: string, definition: EventDefinition, row: Values): Values {
  const columns = [...streamColumns, ...(definition.stream ?? [])]
  return {
    event_id: eventId,
    type: definition.type,
    ...Object.fromEntries(columns.map((column) => [column, row[column]])),
    kind: definition.kind === undefined ? '' : String(row[definition.kind] ?? ''),
    content_hash: BigInt(`0x${contentHash}`).toString(),
    extends_session: definition.session === 'extends',
    is_behavior: definition.session === 'extends' && definition.from.includes('write'),
    is_skewed: row.clock_suspect === true || row.clock_shift_ms !== undefined,
  }
}

const streamColumns = [
  ...['timestamp', 'received_at', 'user_id', 'anonymous_id', 'session_id', 'seq', 'is_bot'],
  ...['page_url', 'referrer', 'device_type', 'browser', 'os', 'ip_address'],
]

/** Columns that are absent or empty get their default in ClickHouse; leaving them out halves the bytes. */
function filled(row: Values): Values {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== undefined && value !== '' && value !== null),
  )
}

function refusedIdentity(event: Values, delivery: Delivery): boolean {
  const consent = (event.context as { consent?: { analytics?: boolean } } | undefined)?.consent
  return consent?.analytics === false || (delivery.fromBrowser && delivery.privacySignal)
}

function refuse(
  index: number,
  input: unknown,
  reason: RefusalReason,
  errors: EventError[],
  delivery: Delivery,
  tools: Tools,
): Refusal {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Values
  const eventId =
    typeof given.event_id === 'string' ? given.event_id.slice(0, KEY_LENGTH_MAX).toWellFormed() : undefined
  const row = filled({
    rejection_id: tools.newId(),
    event_id: eventId,
    type: typeof given.type === 'string' ? given.type.slice(0, KEY_LENGTH_MAX).toWellFormed() : '',
    received_at: sqlTime(delivery.receivedAt),
    stage: 'validate',
    reason,
    path: errors[0]?.path ?? '',
    message: errors[0]?.message ?? '',
    errors: JSON.stringify(errors),
    // What nests too deep is not written out: that could overflow the stack.
    payload: reason === 'too_deep' ? '' : payloadOf(input),
    key_kind: delivery.keyKind,
  })
  return { index, ...(eventId === undefined ? {} : { event_id: eventId }), errors, reason, row }
}
