import { describe, expect, it } from 'vitest'
import { EngineStartError } from './engine.ts'
import { findEngineLibrary } from './library.ts'
import { assertSupportedVersion } from './version.ts'

describe('the version of ClickHouse', () => {
  it.each(['26.3.1.1', '26.7.2.1', '27.1.0.0', '26.10.1.2'])('%s is accepted', (version) => {
    expect(() => assertSupportedVersion(version, '26.3')).not.toThrow()
  })

  it.each(['26.2.9.9', '25.12.1.1', '9.9', '', 'unknown'])('%j is refused, with what is needed', (version) => {
    expect(() => assertSupportedVersion(version, '26.3')).toThrow(EngineStartError)
    expect(() => assertSupportedVersion(version, '26.3')).toThrow(/26\.3 or newer/)
  })
})

describe('the engine library', () => {
  it('is found on this machine', () => {
    expect(findEngineLibrary()).toMatch(/libchdb/)
  })

  it('is missed with the way out', () => {
    expect(() => findEngineLibrary('plan9', 'mips')).toThrow(/plan9-mips.*set CLICKHOUSE_URL/)
  })
})
