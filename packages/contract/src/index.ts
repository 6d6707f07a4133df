import type { z } from 'zod'
import type { EventDefinition } from './define-event.ts'
import { registry } from './registry.generated.ts'

export * from './batch.ts'
export { type ColumnKind, columnKind } from './columns.ts'
export {
  defineEvent,
  type EventDefinition,
  type KeyKind,
} from './define-event.ts'
export {
  context,
  type Envelope,
  envelope,
  type Purpose,
  purposes,
} from './envelope.ts'
export { batchJsonSchema, eventJsonSchema } from './json-schema.ts'
export * from './limits.ts'
export { cut, freeFormProblem } from './primitives.ts'

type Registry = typeof registry
export type EventType = keyof Registry

/** An event as a sender writes it. */
export type EventInput<Type extends EventType = EventType> = {
  [T in Type]: z.input<Registry[T]['schema']>
}[Type]

/** Every event type of the contract, by its name. */
export const events: Readonly<Record<EventType, EventDefinition>> = registry as unknown as Record<
  EventType,
  EventDefinition
>
export const eventTypes = Object.keys(registry) as EventType[]

/** The definition of a type, or undefined for a name that is none (`constructor` included). */
export function eventDefinition(type: unknown): EventDefinition | undefined {
  return typeof type === 'string' && Object.hasOwn(events, type) ? events[type as EventType] : undefined
}
