/** Markup that is safe to send as it is. */
export interface Html {
  readonly html: string
}

type Value = Html | string | number | false | null | undefined | readonly Value[]

/** Markup from a template; every value is escaped unless it is markup itself. False and absent values leave nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { html: strings.map((text, index) => text + (index < values.length ? render(values[index]) : '')).join('') }
}

function render(value: Value): string {
  if (value === false || value === null || value === undefined) return ''
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value))
  return 'html' in value ? value.html : value.map(render).join('')
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
