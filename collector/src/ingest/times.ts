/** Times as ClickHouse reads them fastest: `2026-11-23 09:00:00.000`, UTC. */
export function sqlTime(milliseconds: number): string {
  const iso = new Date(milliseconds).toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`
}

/** The years DateTime64 holds. */
const EARLIEST = Date.UTC(1900, 0, 1)
const LATEST = Date.UTC(2300, 0, 1) - 1

export function canBeStored(milliseconds: number): boolean {
  return milliseconds >= EARLIEST && milliseconds <= LATEST
}
