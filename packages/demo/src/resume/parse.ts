import { jobs } from '../jobs/data.ts'
import { skillNames } from '../recommend/profile.ts'

/** What was found in a resume, and how sure that is. */
export interface ParsedResume {
  /** Confidence 0 to 1 a field; null where nothing was found. */
  confidences: Record<ResumeField, number | null>
  /** The mean over all fields, a missing one counting 0. */
  confidence: number
  /** For the person's own profile: nothing of it is measured. */
  skills: string[]
  years: number | undefined
}

export const resumeFields = ['name', 'email', 'phone', 'title', 'skills', 'experience', 'education'] as const
export type ResumeField = (typeof resumeFields)[number]

/** Characters that are read: a resume of fifty pages says it in the first ten. */
const TEXT_LENGTH_MAX = 100_000

/** Reads a resume by plain rules. @param now the year, for "2019 – present" */
export function parseResume(text: string, now: number): ParsedResume {
  const read = text.slice(0, TEXT_LENGTH_MAX)
  const lines = read
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
  const skills = skillNames.filter((name) => mentions(read, name))
  const years = yearsOf(read, now)
  const confidences = {
    name: nameConfidence(lines),
    email: oneOf(read.match(/[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{2,63})+/g), 0.98),
    phone: oneOf(read.match(/\+?\d[\d ().-]{7,17}\d/g), 0.9),
    title: titleConfidence(lines),
    // One word may be chance; five named skills are a list.
    skills: skills.length > 0 ? Math.min(0.95, 0.45 + 0.1 * skills.length) : null,
    experience: years?.confidence ?? null,
    education: /\b(university|college|bachelor|master|b\.?sc|m\.?sc|ph\.?d|diploma|degree)\b/i.test(read) ? 0.8 : null,
  }
  const sum = resumeFields.reduce((total, field) => total + (confidences[field] ?? 0), 0)
  return {
    confidences,
    confidence: Math.round((1_000 * sum) / resumeFields.length) / 1_000,
    skills,
    years: years?.value,
  }
}

/** Two to four capitalised words: in the first line that is a name, further down it may be anything. */
function nameConfidence(lines: readonly string[]): number | null {
  const at = lines.slice(0, 5).findIndex((line) => /^\p{Lu}[\p{L}'’.-]+( \p{Lu}[\p{L}'’.-]*){1,3}$/u.test(line))
  if (at < 0) return null
  return at === 0 ? 0.92 : 0.6
}

/** One distinct match is surely it; with several it may be a reference's. */
function oneOf(matches: readonly string[] | null, sure: number): number | null {
  if (!matches) return null
  return new Set(matches).size === 1 ? sure : 0.7
}

/** A title of our own listings near the top; half a title (its last word) counts less. */
function titleConfidence(lines: readonly string[]): number | null {
  const top = lines.slice(0, 12).join('\n').toLowerCase()
  const titles = jobs.map(({ title }) => title.toLowerCase().split(',')[0] ?? '')
  if (titles.some((title) => top.includes(title))) return 0.9
  return titles.some((title) => mentions(top, title.split(' ').at(-1) ?? '')) ? 0.65 : null
}

/** "7 years", else the span of the years named. */
function yearsOf(text: string, now: number): { value: number; confidence: number } | undefined {
  const said = /\b(\d{1,2})\+?\s+years\b/i.exec(text)
  if (said) return { value: Number(said[1]), confidence: 0.9 }
  const named = [...text.matchAll(/\b(19[6-9]\d|20\d\d)\b/g)]
    .map(([year]) => Number(year))
    .filter((year) => year <= now)
  if (named.length < 2) return undefined
  const last = /\b(present|today|now)\b/i.test(text) ? now : Math.max(...named)
  return { value: last - Math.min(...named), confidence: 0.7 }
}

function mentions(text: string, name: string): boolean {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<![\\w.])${escaped}(?!\\w)`, 'i').test(text)
}
