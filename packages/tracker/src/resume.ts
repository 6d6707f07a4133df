import { MESSAGE_LENGTH_MAX } from '@offertrail/contract/limits'
import { safe } from './safe.ts'
import type { Emit, Fields } from './types.ts'
import { uuidv7 } from './uuid.ts'

type Detail = Omit<Fields<'resume'>, 'event_type' | 'resume_id' | 'file_name'>
type Step = (detail?: Detail) => void
type Failure = (message?: string, detail?: Detail) => void

/** Tells how one resume fares. Its steps belong together by `resume_id`; the time since a step's start is filled in. */
export interface Resume {
  resume_id: string
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

    const step = (stage: 'upload' | 'parsing' | 'validation', end: 'started' | 'completed' | 'failed') =>
      safe((detail?: Detail | string, more?: Detail) => {
        const now = performance.now()
        const since = started[stage]
        if (end === 'started') started[stage] = now
        const message = end === 'failed' && typeof detail === 'string' ? detail.slice(0, MESSAGE_LENGTH_MAX) : undefined
        emit('resume', {
          ...about,
          processing_time: end !== 'started' && since ? Math.round(now - since) / 1_000 : undefined,
          error_message: message,
          ...(typeof detail === 'object' ? detail : more),
          event_type: `${stage}_${end}`,
          resume_id,
        })
      })
    const resume: Resume = {
      resume_id,
      uploadCompleted: step('upload', 'completed'),
      uploadFailed: step('upload', 'failed'),
      parsingStarted: step('parsing', 'started'),
      parsingCompleted: step('parsing', 'completed'),
      parsingFailed: step('parsing', 'failed'),
      validationStarted: step('validation', 'started'),
      validationCompleted: step('validation', 'completed'),
      validationFailed: step('validation', 'failed'),
    }
    if (file) known.set(file, resume)
    if (typeof subject !== 'string') step('upload', 'started')()
    return resume
  }
}

/** The extension if it looks like one, else the MIME subtype. The name itself stays here. */
function typeOf(file: Blob): string | undefined {
  const [, extension] = /\.([a-z0-9]{1,8})$/i.exec((file as Partial<File>).name ?? '') ?? []
  return (extension ?? file.type.split('/')[1])?.toLowerCase() || undefined
}
