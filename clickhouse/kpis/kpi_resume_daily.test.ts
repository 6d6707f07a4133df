import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ada, event, pageView, robot } from './testing/events.ts'
import { type KpiDatabase, startKpiDatabase } from './testing/kpi-database.ts'

let database: KpiDatabase
beforeAll(async () => {
  database = await startKpiDatabase()
})
afterAll(async () => await database?.stop())
beforeEach(async () => await database.clear())

const kpi = () => database.rows('SELECT * FROM kpi_resume_daily ORDER BY date, file_type')
const resume = (event_type: string, fields: object = {}) =>
  event('resume', '09:00:00', { session_id: 's1', anonymous_id: ada, event_type, ...fields })

test('counts each step and rates what ended', async () => {
  const pdf = { file_type: 'pdf' }
  await database.deliver([
    ...[1, 2, 3, 4].map(() => resume('upload_started', pdf)),
    ...[1, 2, 3].map(() => resume('upload_completed', { ...pdf, processing_time: 100, confidence_score: 0 })),
    resume('upload_failed', pdf),
    resume('parsing_started', { ...pdf, processing_time: 100 }),
    resume('parsing_completed', { ...pdf, processing_time: 1, confidence_score: 0.9 }),
    resume('parsing_completed', { ...pdf, processing_time: 2, confidence_score: 0.7 }),
    resume('parsing_completed', { ...pdf, confidence_score: 0.5 }),
    resume('parsing_failed', { ...pdf, processing_time: 6 }),
    resume('validation_completed', { ...pdf, processing_time: 100, confidence_score: 0 }),
  ])
  expect(await kpi()).toEqual([
    {
      date: '2026-03-10',
      file_type: 'pdf',
      uploads_started: 4,
      uploads_completed: 3,
      uploads_failed: 1,
      parsed: 3,
      parse_failed: 1,
      upload_success_rate: 75, // 3 of 3 + 1
      parse_success_rate: 75, // 3 of 3 + 1
      avg_processing_time: 3, // (1 + 2 + 6) / 3: parsing_completed and parsing_failed that say how long
      p95_processing_time: expect.closeTo(5.6, 9), // of 1, 2, 6: 95 % of the way is 0.9 between 2 and 6
      avg_confidence: expect.closeTo(0.7, 9), // (0.9 + 0.7 + 0.5) / 3
    },
  ])
})

test('takes the extension of the file name where no type is given, and keeps types apart', async () => {
  await database.deliver([
    resume('upload_completed', { file_name: 'My Resume.PDF' }),
    resume('upload_completed', { file_type: 'pdf', file_name: 'resume.docx' }),
    resume('upload_completed', { file_name: 'resume.docx' }),
    resume('upload_completed', { file_name: 'resume' }),
    resume('upload_completed'),
  ])
  expect((await kpi()).map(({ file_type, uploads_completed }) => [file_type, uploads_completed])).toEqual([
    ['', 2],
    ['docx', 1],
    ['pdf', 2],
  ])
})

test('has no rates, rather than 0, where nothing has ended yet', async () => {
  await database.deliver([resume('upload_started', { file_type: 'pdf' })])
  expect(await kpi()).toMatchObject([
    {
      uploads_started: 1,
      upload_success_rate: null,
      parse_success_rate: null,
      avg_processing_time: null,
      p95_processing_time: null,
      avg_confidence: null,
    },
  ])
})

test('leaves out what robots upload, and what servers do with it afterwards', async () => {
  await database.deliver([resume('upload_completed'), pageView('09:00:00', { session_id: 's1' })], { userAgent: robot })
  await database.deliver([resume('parsing_completed')], { keyKind: 'server', fromBrowser: false })
  expect(await kpi()).toEqual([])
})

test('counts steps that no session is known of', async () => {
  await database.deliver([event('resume', '10:00:00', { event_type: 'parsing_failed' })], {
    keyKind: 'server',
    fromBrowser: false,
  })
  expect(await kpi()).toMatchObject([{ file_type: '', parse_failed: 1, parse_success_rate: 0 }])
})
