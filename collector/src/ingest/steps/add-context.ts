import type { Step } from '../types.ts'

interface Context {
  viewport?: { width: number; height: number }
  language?: string
  timezone?: string
  consent?: Record<string, boolean | undefined>
  tracker?: { name: string; version: string }
}

/** Screen, language, consent in force and what sent it. */
export const addContext: Step = ({ event, row }, { keyKind }) => {
  const context = (event.context ?? {}) as Context
  row.viewport_width = context.viewport?.width
  row.viewport_height = context.viewport?.height
  row.language = context.language
  row.timezone = context.timezone
  row.tracker = context.tracker && `${context.tracker.name} ${context.tracker.version}`
  row.consent_analytics = context.consent?.analytics
  row.consent_personalization = context.consent?.personalization
  row.consent_experiments = context.consent?.experiments
  row.key_kind = keyKind
}
