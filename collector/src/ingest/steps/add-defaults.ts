import { shortHash } from '../hash.ts'
import type { Step, Values } from '../types.ts'

/** What a type's sender may leave to us: ids made from what is the same each time, and the usual severity. */
export const addDefaults: Step = ({ definition, event, row }, _delivery, { newId }) => {
  const defaults = byType[definition.type]?.(event, newId) ?? {}
  for (const [field, value] of Object.entries(defaults)) if (event[field] === undefined) row[field] = value
}

const byType: Record<string, (event: Values, newId: () => string) => Values> = {
  recommendation: (event, newId) => ({ recommendation_id: event.recommendation_id ?? newId() }),
  // The same goal told twice without an id is one goal.
  goal: (event) => ({
    goal_id: shortHash(`${event.user_id ?? event.anonymous_id ?? ''}\n${event.goal_type}\n${event.goal_value}`),
  }),
  error: (event) => ({
    severity: 'medium',
    fingerprint: shortHash(
      `${event.error_type}\n${withoutNumbers(event.error_message)}\n${firstFrame(event.stack_trace)}`,
    ),
  }),
}

/** Ids and counts in a message do not make it another fault. */
function withoutNumbers(message: unknown): string {
  return String(message ?? '').replaceAll(/[0-9a-f]{8,}|\d+/gi, '#')
}

function firstFrame(stack: unknown): string {
  return withoutNumbers(
    String(stack ?? '')
      .split('\n')
      .find((line) => /^\s*at |@/.test(line)),
  )
}
