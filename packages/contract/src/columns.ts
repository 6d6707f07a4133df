import type { z } from 'zod'

/** How a field's value is written into its column: `json` as JSON text, `time` as a UTC time, `text` as a string, `plain` as it is. */
export type ColumnKind = 'json' | 'time' | 'text' | 'plain'

/** The mark a field's schema carries (see primitives.ts), looked for below `optional()` too. */
export function columnKind(field: z.ZodType): ColumnKind {
  const mark = field.meta()?.column
  if (mark !== undefined) return mark as ColumnKind
  const inner = (field as { unwrap?: () => z.ZodType }).unwrap?.()
  return inner ? columnKind(inner) : 'plain'
}
