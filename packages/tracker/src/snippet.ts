import { createApi, type Offertrail } from './api.ts'
import { safe } from './safe.ts'

/** The one global name: a function that takes a command and its arguments, with the commands as methods. */
type Global = ((command: keyof Offertrail, ...args: unknown[]) => unknown) &
  Partial<Offertrail> & { q?: ArrayLike<unknown>[] }

const ENDPOINT = '/api/analytics/events'

/** Takes the place of the queue stub (stub.ts) and does what was asked of it. A tag included twice does nothing the second time. */
function install() {
  const host = window as unknown as { offertrail?: Global }
  if (host.offertrail?.track) return
  const waiting = host.offertrail?.q ?? []
  const script = document.currentScript as HTMLScriptElement
  const { key = '', endpoint, consent, hash, debug, auto, user } = script.dataset
  const api = createApi({
    key,
    endpoint: endpoint || new URL(ENDPOINT, script.src).href,
    consent: consent as 'required' | undefined,
    hash: hash !== undefined,
    debug: debug !== undefined,
    auto,
    user,
  })
  const global = ((command, ...args) => (api[command] as Global | undefined)?.(...(args as [never]))) as Global
  host.offertrail = Object.assign(global, api)
  for (const [command, ...args] of Array.from(waiting, (call) => Array.from(call)))
    global(command as keyof Offertrail, ...args)
}

safe(install)()
