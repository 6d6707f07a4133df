import type { Step } from '../types.ts'

/**
 * Takes out what identifies a person where they said no: `analytics: false` in the event's consent, Global Privacy Control or Do Not
 * Track from a browser. What is left counts on pages and in features, but for nobody. The record of a consent decision keeps
 * its ids: it is the proof, and what later events are judged by.
 */
export const stripIdentifiers: Step = ({ definition, event, row }, { fromBrowser, privacySignal }, { newId }) => {
  const refused = row.consent_analytics === false || (fromBrowser && privacySignal)
  if (!refused) return
  row.ip_address = ''
  if (definition.type === 'consent') return
  row.user_id = ''
  row.anonymous_id = ''
  row.session_id = ''
  row.seq = undefined
  // The id made for a goal is a hash of who set it.
  if (definition.type === 'goal' && event.goal_id === undefined) row.goal_id = newId()
}
