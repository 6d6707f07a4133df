import type { Step } from '../types.ts'

/** Who and which session, as the sender says. Ids that people type by mistake for "nobody" mean nobody. */
export const addIdentity: Step = ({ event, row }) => {
  const userId = String(event.user_id ?? '').trim()
  row.user_id = meansNobody.has(userId.toLowerCase()) ? '' : userId
  row.anonymous_id = event.anonymous_id ?? ''
  row.session_id = event.session_id ?? ''
  row.seq = event.seq
}

/** What a template prints when it has no user; a KPI of people must not count these as one person. */
export const meansNobody: ReadonlySet<string> = new Set([
  'null',
  'undefined',
  'none',
  'nan',
  '[object object]',
  'anonymous',
  '0',
  '',
])
