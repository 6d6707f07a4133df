import { keepProfile, profile } from './store.ts'
import { followResume, type Resume, who } from './tag.ts'

interface Parsed {
  confidences: Record<string, number | null>
  confidence: number
  skills: string[]
  years?: number
  processing_time: number
}

const FILE_BYTES_MAX = 5 * 1_048_576
/** Without these a resume is of no use to us. */
const NEEDED = ['name', 'email', 'skills']

/** Uploads the chosen resume, shows what was found, and tells the tag how it went: sizes, times and confidence, never content. */
export function showResume(main: HTMLElement): void {
  const input = main.querySelector('#resume_file') as HTMLInputElement
  input.addEventListener('change', async () => {
    const [file] = input.files ?? []
    if (!file) return
    const resume = await followResume(file)
    say(main, 'Sending …')
    try {
      const parsed = await upload(file, resume)
      keepProfile({
        ...profile(),
        skills: parsed.skills,
        ...(parsed.years === undefined ? {} : { years: parsed.years }),
      })
      validate(parsed, resume)
      show(main, parsed)
    } catch (problem) {
      say(main, (problem as Error).message)
    }
  })
}

async function upload(file: File, resume: Resume | undefined): Promise<Parsed> {
  if (file.size > FILE_BYTES_MAX) {
    resume?.uploadFailed('larger than 5 MB')
    throw new Error('The file is larger than 5 MB.')
  }
  const { ids, consent } = await who()
  const request = new XMLHttpRequest()
  request.open('POST', '/demo/api/resumes')
  request.setRequestHeader('content-type', 'application/octet-stream')
  request.setRequestHeader('x-demo-ids', JSON.stringify(ids))
  request.setRequestHeader('x-demo-consent', JSON.stringify(consent ?? null))
  request.responseType = 'json'
  // fetch can't say when the last byte has left; this can.
  request.upload.addEventListener('load', () => {
    resume?.uploadCompleted()
    resume?.parsingStarted()
  })
  await new Promise<void>((done, failed) => {
    request.addEventListener('load', () => done())
    request.addEventListener('error', () => failed(new Error('The connection is gone. Try again in a moment.')))
    request.send(file)
  }).catch((problem: unknown) => {
    resume?.uploadFailed('network')
    throw problem
  })
  const { status, response } = request
  if (status !== 200) {
    const { message = 'The file could not be read.', processing_time } = response ?? {}
    resume?.parsingFailed(message, { processing_time })
    throw new Error(message)
  }
  const parsed = response as Parsed
  resume?.parsingCompleted({
    processing_time: parsed.processing_time,
    confidence_score: parsed.confidence,
    extracted_fields: parsed.confidences,
  })
  return parsed
}

function validate({ confidences }: Parsed, resume: Resume | undefined): void {
  resume?.validationStarted()
  const found = NEEDED.filter((name) => confidences[name] != null)
  const success_rate = Math.round((1_000 * found.length) / NEEDED.length) / 10
  if (found.length === NEEDED.length) resume?.validationCompleted({ success_rate })
  else
    resume?.validationFailed(`missing: ${NEEDED.filter((name) => !found.includes(name)).join(', ')}`, { success_rate })
}

function show(main: HTMLElement, { confidences, skills }: Parsed): void {
  say(main, 'Done. The file is forgotten already.')
  const rows = Object.entries(confidences).map(([name, sure]) => {
    const row = document.createElement('tr')
    for (const text of [name, sure === null ? 'not found' : `${Math.round(100 * sure)} %`])
      row.insertCell().textContent = text
    return row
  })
  main.querySelector('#resume_result tbody')?.replaceChildren(...rows)
  const items = skills.map((skill) => Object.assign(document.createElement('li'), { textContent: skill }))
  main.querySelector('#resume_skills')?.replaceChildren(...items)
  ;(main.querySelector('#resume_result') as HTMLElement).hidden = false
}

function say(main: HTMLElement, text: string): void {
  ;(main.querySelector('#resume_state') as HTMLElement).textContent = text
}
