/** Licences that ask for no more than to be named, and for no source of ours. */
export const ALLOWED = new Set([
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  '0BSD',
  'Unlicense',
  'BlueOak-1.0.0',
  'CC0-1.0',
])

/**
 * The SPDX expression of a package.json, also from the forms of old (`{ type }`, `licenses`); undefined if it names none.
 * @param {{ license?: any, licenses?: any }} manifest
 */
export function licenceOf({ license, licenses }) {
  if (Array.isArray(licenses)) return licenses.map((one) => one.type ?? one).join(' OR ')
  return typeof license === 'object' ? license?.type : license
}

/** Whether an SPDX expression can be met with allowed licences alone: one side of each OR, both of each AND. */
export function isAllowed(expression) {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? []
  let at = 0
  const value = either()
  return at === tokens.length && value

  function either() {
    let result = both()
    while (tokens[at] === 'OR' && ++at) result = both() || result
    return result
  }
  function both() {
    let result = one()
    while (tokens[at] === 'AND' && ++at) result = one() && result
    return result
  }
  function one() {
    if (tokens[at] !== '(') return ALLOWED.has(tokens[at++])
    at += 1
    const result = either()
    return tokens[at++] === ')' && result
  }
}
