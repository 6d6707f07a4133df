/** A UUIDv7 (RFC 9562): its time in milliseconds, then chance. */
export function uuidv7(nowMs = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10))
  const chance = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('')
  const variant = '89ab'[(bytes[9] as number) & 3]
  const digits = `${nowMs.toString(16).padStart(12, '0')}7${chance.slice(0, 3)}${variant}${chance.slice(3, 18)}`
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
