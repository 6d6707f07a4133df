import { z } from 'zod'
import { envelope } from './envelope.ts'

/** Named schemas: what `z.object` takes. */
export type FieldShape = Record<string, z.ZodType>

/** Which keys may send a type: `write` keys sit in public pages, `server` keys in back ends (these may send everything). */
export type KeyKind = 'write' | 'server'

export interface EventDefinition<Type extends string = string, Fields extends FieldShape = FieldShape> {
  type: Type
  /** The table its rows land in. */
  table: string
  /** One line for catalogues. */
  title: string
  from: readonly KeyKind[]
  /** `extends`: the event's time is part of the session it names. `names`: it happened elsewhere, later. */
  session: 'extends' | 'names'
  /** The type's own fields. */
  fields: Fields
  /** The column that tells its kinds apart (`interaction_type`, `event_type` …), if there is one. */
  kind?: keyof Fields & string
  /** Fields that pass through `event_stream`, for states that several types share. */
  stream?: readonly (keyof Fields & string)[]
  /** Envelope plus fields; unknown keys are left out by `parse` and named by `unknownKeys`. */
  schema: z.ZodObject<typeof envelope & { type: z.ZodLiteral<Type> } & Fields>
  /** A complete, valid event: used by tests, docs and `npm run trace`. */
  sample: Record<string, unknown>
}

type Declared<Type extends string, Fields extends FieldShape> = Omit<EventDefinition<Type, Fields>, 'schema'> & {
  /** Envelope fields this type cannot do without. */
  required?: readonly 'user_id'[]
}

/** Declares an event type. A file in `src/events` that exports one by default is in the contract. */
export function defineEvent<const Type extends string, Fields extends FieldShape>(
  declared: Declared<Type, Fields>,
): EventDefinition<Type, Fields> {
  const { required = [], ...definition } = declared
  const needed = Object.fromEntries(required.map((field) => [field, z.string().min(1).max(128)]))
  const schema = z.object({
    ...envelope,
    type: z.literal(definition.type),
    ...definition.fields,
    ...needed,
  })
  return {
    ...definition,
    schema: schema as unknown as EventDefinition<Type, Fields>['schema'],
  }
}
