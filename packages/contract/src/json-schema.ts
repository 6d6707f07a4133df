import { z } from 'zod'
import { batch } from './batch.ts'
import type { EventDefinition } from './define-event.ts'

/** JSON Schema (draft 2020-12) of what a sender may write for one event type. */
export function eventJsonSchema(definition: EventDefinition): Record<string, unknown> {
  const schema = z.toJSONSchema(definition.schema, {
    io: 'input',
    unrepresentable: 'any',
  })
  return {
    title: definition.type,
    description: definition.title,
    ...schema,
    examples: [definition.sample],
  }
}

/** JSON Schema of the batch body; `events` are described by {@link eventJsonSchema}. */
export function batchJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(batch, { io: 'input' }) }
}
