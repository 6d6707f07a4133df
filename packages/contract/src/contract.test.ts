import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { batchJsonSchema, eventDefinition, eventJsonSchema, events, eventTypes } from './index.ts'

const files = readdirSync(new URL('./events/', import.meta.url)).filter((file) => file.endsWith('.ts'))

describe('the registry', () => {
  it('holds every file of src/events under the name of its file', () => {
    expect(eventTypes.map((type) => `${type.replaceAll('_', '-')}.ts`).sort()).toEqual(files.sort())
    for (const type of eventTypes) expect(events[type].type).toBe(type)
  })

  it('knows no type by the names of object methods', () => {
    for (const name of ['constructor', '__proto__', 'toString', '', 5, null])
      expect(eventDefinition(name)).toBeUndefined()
  })

  it('lets write keys send only what a page may say', () => {
    const fromPages = eventTypes.filter((type) => events[type].from.includes('write'))
    expect(fromPages.sort()).toEqual(
      'ab_assignment ab_conversion consent error feature_use feedback interaction recommendation_engagement resume session_end session_start web_vital'.split(
        ' ',
      ),
    )
  })
})

describe.each(eventTypes)('%s', (type) => {
  const { schema, sample, fields, kind } = events[type]

  it('accepts its sample and changes nothing in it', () => {
    expect(schema.parse(sample)).toEqual(sample)
  })

  it('shows every one of its fields in the sample, but the one an outcome excludes', () => {
    const missing = Object.keys(fields).filter((field) => !(field in sample))
    expect(missing.filter((field) => !['error_message', 'achieved_date'].includes(field))).toEqual([])
  })

  it('refuses each of its required fields being absent, null or of another type, and names it', () => {
    const required = Object.keys(fields).filter(
      (field) => !fields[field as keyof typeof fields]?.safeParse(undefined).success,
    )
    for (const field of required) {
      for (const wrong of [undefined, null, { wrong: true }, Number.NaN]) {
        const answer = schema.safeParse({ ...sample, [field]: wrong })
        expect(answer.success, `${field} = ${String(wrong)}`).toBe(false)
        expect(answer.error?.issues.some((issue) => issue.path[0] === field)).toBe(true)
      }
    }
    if (kind) expect(Object.keys(fields)).toContain(kind)
  })

  it('refuses numbers that are not finite, strings beyond their limits and wrong envelopes', () => {
    const wrong: [string, unknown][] = [
      ['event_id', '00000000-0000-0000-0000-000000000000'],
      ['event_id', '{0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a5b}'],
      ['timestamp', 'yesterday'],
      ['timestamp', 1_700_000_000],
      ['timestamp', '2026-11-23T09:00:00'],
      ['user_id', 'u'.repeat(129)],
      ['anonymous_id', 'me'],
      ['session_id', 's'.repeat(65)],
      ['seq', -1],
      ['seq', 1.5],
      ['page_url', 'javascript:alert(1)'],
      ['page_url', '//evil.example/'],
      ['page_url', 'http://[::1'],
      ['page_url', `/${'x'.repeat(2_048)}`],
      ['referrer', 'data:text/html,x'],
      ['context', 'chrome'],
      ['context', { consent: { analytics: 'yes' } }],
    ]
    for (const [field, value] of wrong)
      expect(schema.safeParse({ ...sample, [field]: value }).success, `${field} = ${String(value)}`).toBe(false)
    for (const [field, fieldSchema] of Object.entries(fields)) {
      if (typeof sample[field] === 'number') {
        expect(fieldSchema.safeParse(Number.POSITIVE_INFINITY).success, field).toBe(false)
        expect(fieldSchema.safeParse(1e300).success, field).toBe(field === 'goal_value')
      }
    }
  })

  it('has a JSON Schema', () => {
    expect(eventJsonSchema(events[type])).toMatchObject({
      title: type,
      type: 'object',
      required: expect.arrayContaining(['type']),
    })
  })
})

describe('fields with rules of their own', () => {
  const parse = (type: keyof typeof events, fields: Record<string, unknown>) =>
    events[type].schema.safeParse({ ...events[type].sample, ...fields })

  it('cuts element_text at 256 characters and never through one', () => {
    const answer = parse('interaction', {
      element_text: `${'a'.repeat(255)}😀 and more`,
    })
    expect(answer.data).toMatchObject({ element_text: 'a'.repeat(255) })
  })

  it('refuses resume content in extracted_fields', () => {
    expect(parse('resume', { extracted_fields: { name: 'Ann Example' } }).success).toBe(false)
    expect(
      parse('resume', {
        extracted_fields: { name: 0.9, phone: null, photo: false },
      }).success,
    ).toBe(true)
  })

  it('bounds free-form data in depth, keys and bytes', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })
    expect(parse('interaction', { interaction_data: nested(6) }).success).toBe(true)
    expect(parse('interaction', { interaction_data: nested(7) }).success).toBe(false)
    expect(parse('interaction', { interaction_data: { text: 'é'.repeat(8_192) } }).success).toBe(false)
    expect(
      parse('interaction', {
        interaction_data: Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`k${i}`, 1])),
      }).success,
    ).toBe(false)
    expect(parse('interaction', { interaction_data: { [`k${'x'.repeat(128)}`]: 1 } }).success).toBe(false)
    expect(parse('interaction', { interaction_data: 'text' }).success).toBe(false)
  })

  it('lower-cases UUIDs and takes paths and empty referrers', () => {
    const answer = parse('interaction', {
      event_id: '0192F0C1-2B3C-7DEF-8A9B-0C1D2E3F4A5B',
      page_url: '/jobs?utm_source=x',
      referrer: '',
    })
    expect(answer.data).toMatchObject({
      event_id: '0192f0c1-2b3c-7def-8a9b-0c1d2e3f4a5b',
      page_url: '/jobs?utm_source=x',
      referrer: '',
    })
  })

  it('takes hosts of any script, however often it is asked', () => {
    for (let n = 0; n < 5_000; n += 1)
      expect(parse('interaction', { page_url: 'https://käse.example/jobs' }).success).toBe(true)
  })

  it('takes days and times where a date is meant, within the years that can be stored', () => {
    for (const target_date of ['2027-01-31', '2027-01-31T12:00:00+01:00'])
      expect(parse('goal', { target_date }).success).toBe(true)
    for (const target_date of ['1899-12-31', '2299-01-01', '2027-02-30', 'soon'])
      expect(parse('goal', { target_date }).success).toBe(false)
  })

  it('needs a user for what tests are counted by', () => {
    for (const type of ['ab_assignment', 'ab_conversion'] as const) {
      expect(parse(type, { user_id: '' }).success).toBe(false)
      expect(parse(type, { user_id: undefined }).success).toBe(false)
    }
  })
})

it('publishes the JSON Schemas of all types and of the batch in one generated file', async () => {
  const published = {
    batch: batchJsonSchema(),
    events: Object.fromEntries(eventTypes.map((type) => [type, eventJsonSchema(events[type])])),
  }
  await expect(`${JSON.stringify(published, null, 2)}\n`).toMatchFileSnapshot('../schema.generated.json')
})
