import { EVENT_KEYS_MAX } from '@offertrail/contract'

export type Cleaned = { value: unknown } | { problem: 'too_deep' | 'too_many_fields'; message: string }

/** Levels of an event: its own, its fields' and what a free-form field may have. */
const DEPTH_MAX = 8

/**
 * A copy of parsed JSON that can be stored: text well-formed and without NUL, `null` fields of the event and of its `context`
 * left out (absent and null are the same; null breaks typed columns), depth and width bounded.
 */
export function clean(input: object): Cleaned {
  const keys = Object.keys(input)
  if (keys.length > EVENT_KEYS_MAX) {
    return {
      problem: 'too_many_fields',
      message: `must not have more than ${EVENT_KEYS_MAX} fields, has ${keys.length}`,
    }
  }
  const state = { tooDeep: false }
  const value = copy(input, 1, true, state)
  if (state.tooDeep) return { problem: 'too_deep', message: `must not nest deeper than ${DEPTH_MAX} levels` }
  return { value }
}

/** Well-formed Unicode without NUL: ClickHouse refuses a whole insert for a lone surrogate, and NUL breaks exports. */
export function cleanText(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed()
  return formed.includes('\0') ? formed.replaceAll('\0', '') : formed
}

function copy(node: unknown, depth: number, dropNull: boolean, state: { tooDeep: boolean }): unknown {
  if (typeof node === 'string') return cleanText(node)
  if (typeof node !== 'object' || node === null) return node
  if (depth > DEPTH_MAX) {
    state.tooDeep = true
    return null
  }
  if (Array.isArray(node)) return node.map((item) => copy(item, depth + 1, false, state))
  const result: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(node)) {
    if (child === null && dropNull) continue
    const isContext = depth === 1 && key === 'context'
    const inContext = dropNull && depth > 1
    // Defined, not assigned: a key named __proto__ must stay data.
    Object.defineProperty(result, cleanText(key), {
      value: copy(child, depth + 1, isContext || inContext, state),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return result
}
