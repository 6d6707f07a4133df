import type { Step } from '../types.ts'

/** Upper bounds of "good" and of "needs improvement", https://web.dev/articles/vitals; milliseconds, CLS without unit. */
const thresholds: Record<string, [good: number, poor: number]> = {
  LCP: [2_500, 4_000],
  INP: [200, 500],
  CLS: [0.1, 0.25],
  FCP: [1_800, 3_000],
  TTFB: [800, 1_800],
}

/** Rates a web vital whose sender did not. */
export const rateVital: Step = ({ definition, event, row }) => {
  if (definition.type !== 'web_vital' || event.rating !== undefined) return
  const [good, poor] = thresholds[String(event.metric)] ?? [0, 0]
  const value = Number(event.value)
  row.rating = value <= good ? 'good' : value <= poor ? 'needs-improvement' : 'poor'
}
