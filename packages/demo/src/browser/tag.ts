import { consentGiven } from './store.ts'

/** The part of the tag's public interface that this site uses. */
interface Tag {
  (command: string, ...args: unknown[]): unknown
  /** Missing while only the queue stub is there. */
  ids?: () => Ids | undefined
  resume?: (file: File) => Resume | undefined
}

export interface Ids {
  anonymous_id?: string
  session_id?: string
  user_id?: string
}

type Step = (detail?: Record<string, unknown>) => void
type Failure = (message: string, detail?: Record<string, unknown>) => void

export interface Resume {
  uploadCompleted: Step
  uploadFailed: Failure
  parsingStarted: Step
  parsingCompleted: Step
  parsingFailed: Failure
  validationStarted: Step
  validationCompleted: Step
  validationFailed: Failure
}

/** The tag may be blocked or slow; the site goes on without it after this. */
const TAG_WITHIN_MS = 1_500

/** Says something to the tag, now or, through the stub's queue, once it is there. */
export function tell(command: string, ...args: unknown[]): void {
  tag()?.(command, ...args)
}

/** Waits until the tag is there; false when it does not come. */
export function tagReady(): Promise<boolean> {
  return new Promise((resolve) => {
    setTimeout(resolve, TAG_WITHIN_MS, false)
    tell('ready', () => resolve(true))
  })
}

/** What requests to our own server say of the person, so that its events join the browser's. */
export async function who(): Promise<{ ids: Ids; consent: Record<string, boolean> | undefined }> {
  await tagReady()
  return { ids: tag()?.ids?.() ?? {}, consent: consentGiven() }
}

/** Follows a chosen file. Undefined without the tag. */
export async function followResume(file: File): Promise<Resume | undefined> {
  await tagReady()
  return tag()?.resume?.(file)
}

function tag(): Tag | undefined {
  return (window as { offertrail?: Tag }).offertrail
}
