/** The comment lines a file begins with, by key: `title`, `unit`, `definition`, `grain`, `needs` and whatever else. */
export type Header = Record<string, string>

/**
 * Reads `-- key: value` lines up to the first line that is no comment. A value goes on in the lines below it that are
 * indented by more than one space (`--   more`); other comment lines are prose and belong to no key.
 */
export function readHeader(text: string): Header {
  const header: Header = {}
  let key: string | undefined
  for (const line of headerLines(text)) {
    const start = /^--\s?([a-z_]+):\s*(.*)$/.exec(line)
    const more = /^--(?:\s{2,}|\t)(\S.*)$/.exec(line)
    if (start?.[1]) {
      key = start[1]
      header[key] = (start[2] ?? '').trim()
    } else if (more && key) {
      header[key] = `${header[key]} ${more[1]}`.trim()
    } else {
      key = undefined
    }
  }
  return header
}

function headerLines(text: string): string[] {
  const lines = text.split(/\r?\n/)
  const end = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('--'))
  return (end < 0 ? lines : lines.slice(0, end)).map((line) => line.trimEnd()).filter((line) => line !== '')
}
