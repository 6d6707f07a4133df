import { MESSAGE_LENGTH_MAX } from '@offertrail/contract/limits'
import { safe } from './safe.ts'
import type { Emit, Fields } from './types.ts'
import { uuidv7 } from './uuid.ts'

type Detail = Omit<Fields<'resume'>, 'event_type' | 'resume_id' | 'file_name'>
type Step = (detail?: Detail) => void
type Failure = (message?: string, detail?: Detail) => void
type Stage = 'upload' | 'parsing' | 'validation'
type End = 'Started' | 'Completed' | 'Failed'

/** Tells how one resume fares. Its steps belong together by `resume_id`; the time since a step's start is filled in. */
export interface Resume {
  resume_id: string
  /** Said already by whoever made this; a second attempt says it again. */
  uploadStarted: Step
  uploadCompleted: Step
  uploadFailed: Failure
  parsingStarted: Step
  parsingCompleted: Step
  parsingFailed: Failure
  validationStarted: Step
  validationCompleted: Step
  validationFailed: Failure
}

/** Makes `resume(file)`: the same file gives the same resume, and its upload starts once. A known `resume_id` goes on with it. */
export function createResumes(emit: Emit): (subject?: Blob | string) => Resume {
  const known = new WeakMap<Blob, Resume>()
  return (subject) => {
    const file = typeof subject === 'object' ? subject : undefined
    const before = file && known.get(file)
    if (before) return before
    const resume_id = typeof subject === 'string' ? subject : uuidv7()
    const started: Record<string, number> = {}
    const about = file ? { file_type: typeOf(file), file_size: file.size } : {}

    const step = (stage: Stage, end: End) =>
      safe((detail?: Detail | string, more?: Detail) => {
        const now = performance.now()
        const since = started[stage]
        const starts = end === 'Started'
        if (starts) started[stage] = now
        emit('resume', {
          ...about,
          processing_time: !starts && since ? Math.round(now - since) / 1_000 : undefined,
          ...(typeof detail === 'string' ? { error_message: detail.slice(0, MESSAGE_LENGTH_MAX), ...more } : detail),
          event_type: `${stage}_${end.toLowerCase() as Lowercase<End>}`,
          resume_id,
        })
      })
    const resume = { resume_id } as Resume
    for (const stage of ['upload', 'parsing', 'validation'] as const)
      for (const end of ['Started', 'Completed', 'Failed'] as const) resume[`${stage}${end}`] = step(stage, end)
    if (file) known.set(file, resume)
    if (typeof subject !== 'string') resume.uploadStarted()
    return resume
  }
}

/** The extension if it looks like one, else the MIME subtype. The name itself stays here. */
function typeOf(file: Blob): string | undefined {
  const [, extension] = /\.([a-z0-9]{1,8})$/i.exec((file as Partial<File>).name ?? '') ?? []
  return (extension ?? file.type.split('/')[1])?.toLowerCase() || undefined
}
