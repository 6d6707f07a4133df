import { EngineStartError } from './engine.ts'

/**
 * The oldest ClickHouse that is accepted: the long-term-support line next below the engine that comes with us
 * (`SELECT version()` of libchdb). How tokens pass through dependent views changed between releases, and exactness
 * stands on it, so nothing older than what is supported upstream and close to what is tested here.
 */
export const MINIMUM_CLICKHOUSE_VERSION = '26.3'

/** @throws EngineStartError naming both versions when `version` is older than the minimum, or no version at all */
export function assertSupportedVersion(version: string, minimum: string = MINIMUM_CLICKHOUSE_VERSION): void {
  const given = parts(version)
  const wanted = parts(minimum)
  const older = given[0] < wanted[0] || (given[0] === wanted[0] && given[1] < wanted[1])
  if (!Number.isFinite(given[0]) || older) {
    throw new EngineStartError(
      `engine: ClickHouse ${version} is too old; ${minimum} or newer is needed. Upgrade the server, or unset CLICKHOUSE_URL to use the embedded engine`,
    )
  }
}

function parts(version: string): [major: number, minor: number] {
  const [major, minor] = version.split('.')
  return [Number(major || Number.NaN), Number(minor ?? 0)]
}
