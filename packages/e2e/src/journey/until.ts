/**
 * Reads until what is read passes the check, and gives it. Reads again whatever goes wrong: while the engine is started anew,
 * questions fail.
 * @throws what the last check or reading threw, after `timeoutMs`
 */
export async function until<Value>(
  read: () => Promise<Value> | Value,
  check: (value: Value) => void,
  timeoutMs = 60_000,
): Promise<Value> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      const value = await read()
      check(value)
      return value
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((done) => setTimeout(done, PAUSE_MS))
    }
  }
}

const PAUSE_MS = 100
