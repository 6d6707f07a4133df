import { describe, expect, test } from 'vitest'
import { isAllowed, licenceOf } from './licence.mjs'

describe('isAllowed', () => {
  test.each([
    'MIT',
    'Apache-2.0',
    '(MIT OR GPL-3.0)',
    'AGPL-3.0 OR MIT',
    'MIT AND ISC',
    '(MIT OR X) AND (BSD-3-Clause)',
  ])('allows %s', (expression) => expect(isAllowed(expression)).toBe(true))
  test.each(['AGPL-3.0', 'MIT AND GPL-3.0', 'UNLICENSED', 'SEE LICENSE IN LICENSE', 'MIT OR', '(MIT', ''])(
    'refuses %s',
    (expression) => expect(isAllowed(expression)).toBe(false),
  )
})

test('licenceOf reads the forms of today and of old', () => {
  expect(licenceOf({ license: 'MIT' })).toBe('MIT')
  expect(licenceOf({ license: { type: 'ISC' } })).toBe('ISC')
  expect(licenceOf({ licenses: [{ type: 'MIT' }, { type: 'GPL-2.0' }] })).toBe('MIT OR GPL-2.0')
  expect(licenceOf({})).toBeUndefined()
})
