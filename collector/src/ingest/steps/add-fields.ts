import { type ColumnKind, columnKind, type EventDefinition } from '@offertrail/contract'
import { canBeStored, sqlTime } from '../times.ts'
import type { Step } from '../types.ts'

/** The type's own fields, as the columns of the same names hold them. Runs last of the `add` steps: a column that is set stays. */
export const addFields: Step = ({ definition, event, row }) => {
  for (const [field, kind] of columnKinds(definition)) {
    const value = event[field]
    if (value === undefined || field in row) continue
    row[field] = write[kind](value)
  }
}

const write: Record<ColumnKind, (value: unknown) => unknown> = {
  json: (value) => JSON.stringify(value),
  time: (value) => {
    const milliseconds = Date.parse(String(value))
    // A time no column can hold would be wrapped to another one, or cost the event: it is left out.
    return canBeStored(milliseconds) ? sqlTime(milliseconds) : undefined
  },
  text: String,
  plain: (value) => value,
}

const kinds = new Map<string, [string, ColumnKind][]>()

function columnKinds(definition: EventDefinition): [string, ColumnKind][] {
  const known = kinds.get(definition.type)
  if (known) return known
  const found = Object.entries(definition.fields).map(([field, schema]): [string, ColumnKind] => [
    field,
    columnKind(schema),
  ])
  kinds.set(definition.type, found)
  return found
}
