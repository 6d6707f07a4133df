/**
 * Keeps calls made before the tracker has loaded: `offertrail('track', 'search', { … })`. Goes before everything else, as
 * a file or inline (the build prints its hash for a Content-Security-Policy).
 */
interface Stub {
  (...command: unknown[]): void
  q?: IArguments[]
}

const host = window as unknown as { offertrail?: Stub }

const stub: Stub = function () {
  stub.q ||= []
  // biome-ignore lint/complexity/noArguments: the shortest way, and this is inlined into pages.
  stub.q.push(arguments)
}
host.offertrail ||= stub

export {}
