import { context, cut, type EventDefinition, type EventError, eventDefinition, eventTypes } from '@offertrail/contract'
import { clean } from './clean.ts'
import type { Delivery, RefusalReason, Values } from './types.ts'

export type Validated =
  | { definition: EventDefinition; event: Values; unknown: string[] }
  | { reason: RefusalReason; errors: EventError[] }

/** Faults named of one event; more say nothing new and make answers long. */
const ERRORS_MAX = 10

/** Checks one event: its type, who may send it, its fields. Every fault is located by a JSON pointer. */
export function validate(input: unknown, delivery: Delivery): Validated {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return refuse('not_an_object', '', 'must be a JSON object')
  }
  const cleaned = clean(input)
  if ('problem' in cleaned) return refuse(cleaned.problem, '', cleaned.message)
  const value = cleaned.value as Values
  const definition = eventDefinition(value.type)
  if (!definition) return refuse('unknown_type', '/type', `must be one of: ${eventTypes.join(', ')}`)
  if (delivery.keyKind === 'write' && !definition.from.includes('write')) {
    return refuse(
      'forbidden_type',
      '/type',
      `${definition.type} events need a server key: a key in a public page cannot vouch for them`,
    )
  }
  const parsed = definition.schema.safeParse(value)
  if (!parsed.success) {
    const errors = parsed.error.issues
      .slice(0, ERRORS_MAX)
      .map((issue) => ({ path: pointer(issue.path), message: issue.message }))
    return { reason: 'invalid', errors }
  }
  const unknown = unknownFields(value, definition)
  if (delivery.strict && unknown.length > 0) {
    return {
      reason: 'unknown_field',
      errors: unknown.slice(0, ERRORS_MAX).map((path) => ({ path, message: 'is not a field of this type' })),
    }
  }
  return { definition, event: parsed.data as Values, unknown }
}

/** Fields that validation left out, as JSON pointers. */
function unknownFields(value: Values, definition: EventDefinition): string[] {
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(definition.schema.shape, key))
  const found = unknown.map((key) => pointer([key]))
  if (typeof value.context === 'object' && value.context !== null) {
    for (const key of Object.keys(value.context))
      if (!Object.hasOwn(context.shape, key)) found.push(pointer(['context', key]))
  }
  return found
}

/** RFC 6901, with keys cut: a key may be as long as a body. */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${cut(String(key), 64).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function refuse(reason: RefusalReason, path: string, message: string): Validated {
  return { reason, errors: [{ path, message }] }
}
