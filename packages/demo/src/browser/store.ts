/** What the site remembers in this browser. Storage may be missing or full: then it remembers nothing, and works. */
const PREFIX = 'fernway.'

export interface User {
  name: string
  user_id: string
}

export interface Profile {
  skills: string[]
  years?: number
  salary?: number
}

export const consentGiven = () => read<Record<string, boolean>>(localArea, 'consent')
export const keepConsent = (purposes: Record<string, boolean>) => write(localArea, 'consent', purposes)

export const user = () => read<User>(localArea, 'user')
export const keepUser = (value: User | undefined) => write(localArea, 'user', value)

export const profile = () => read<Profile>(localArea, 'profile')
export const keepProfile = (value: Profile) => write(localArea, 'profile', value)

export const savedJobs = () => read<string[]>(localArea, 'saved') ?? []
export const keepSavedJobs = (ids: string[]) => write(localArea, 'saved', ids)

/** Of this tab only. */
export const ofTab = {
  get: <Value>(key: string) => read<Value>(tabArea, key),
  keep: (key: string, value: unknown) => write(tabArea, key, value),
}

const localArea = () => localStorage
const tabArea = () => sessionStorage

function read<Value>(area: () => Storage, key: string): Value | undefined {
  try {
    return JSON.parse(area().getItem(PREFIX + key) ?? 'null') ?? undefined
  } catch {
    return undefined // Storage is blocked, or somebody else wrote there.
  }
}

function write(area: () => Storage, key: string, value: unknown): void {
  try {
    if (value === undefined) area().removeItem(PREFIX + key)
    else area().setItem(PREFIX + key, JSON.stringify(value))
  } catch {
    // Storage is blocked or full: the page at hand works all the same.
  }
}
