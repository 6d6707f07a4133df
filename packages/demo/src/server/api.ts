import { createHash, randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { jobs } from '../jobs/data.ts'
import { fields, type Level } from '../jobs/job.ts'
import { estimateSalary } from '../jobs/salary.ts'
import { readProfile } from '../recommend/profile.ts'
import { parseResume } from '../resume/parse.ts'
import { textOf } from '../resume/text.ts'
import { recommendationCards } from '../views/recommended.ts'
import { forPerson, readPerson } from './person.ts'
import { makeSlate } from './recommendations.ts'
import type { Reporter } from './reporter.ts'

/** Largest resume, bytes. */
export const RESUME_BYTES_MAX = 5 * 1_048_576

/** What the pages ask for by script. Every answer is reported as an `api_call` of its route's pattern. */
export function addApi(app: FastifyInstance, reporter: Reporter): void {
  app.addHook('onResponse', async (request, reply) => reportCall(request, reply, reporter))

  app.post('/api/recommendations', async (request) => {
    const body = bodyOf(request)
    const person = readPerson(request, body)
    const slate = makeSlate(body.profile ? readProfile(body.profile) : undefined, person, reporter)
    return { slate_id: slate.slate_id, basis: slate.basis, html: recommendationCards(slate).html }
  })

  // Read, measured and forgotten: the bytes are not kept, and nothing of them is reported.
  app.post('/api/resumes', { bodyLimit: RESUME_BYTES_MAX }, async (request, reply) => {
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const startedMs = performance.now()
    const text = textOf(bytes)
    const parsed = text === undefined ? undefined : parseResume(text, new Date().getUTCFullYear())
    const seconds = (performance.now() - startedMs) / 1_000
    const person = readPerson(request, {
      ids: headerJson(request, 'x-demo-ids'),
      consent: headerJson(request, 'x-demo-consent'),
    })
    const failure = parsed ? {} : { error_message: 'no text found' }
    reporter.report(
      forPerson(person, [
        {
          type: 'processing',
          process_name: 'resume_parsing',
          duration: seconds,
          success: parsed !== undefined,
          ...failure,
        },
      ]),
    )
    if (!parsed)
      return reply.code(422).send({
        message: 'No text was found in this file. Send a PDF with text, or plain text.',
        processing_time: seconds,
      })
    return { ...parsed, size: bytes.length, processing_time: seconds }
  })

  app.post('/api/applications', async (request, reply) => {
    const body = bodyOf(request)
    const recommendation_id = idOf(body.recommendation_id)
    if (!jobs.some(({ id }) => id === body.job_id)) return reply.code(404).send({ message: 'This job is not listed.' })
    const application_id = randomUUID()
    reportApplication(reporter, readPerson(request, body), { application_id, recommendation_id, status: 'started' })
    return reply.code(201).send({ application_id })
  })

  app.get('/api/salary', async (request, reply) => {
    const { field, level } = request.query as Record<string, unknown>
    const known = fields.find((name) => name === field)
    const number = Number(level)
    if (!known || ![1, 2, 3, 4].includes(number))
      return reply.code(400).send({ message: 'Choose a field and a level.' })
    const estimate = estimateSalary(jobs, known, number as Level)
    return estimate ?? reply.code(404).send({ message: 'There is no listing of this field.' })
  })

  // The same name gives the same id, here and after a restart. A real site takes the id of its accounts.
  app.post('/api/sign-in', async (request, reply) => {
    const { name } = bodyOf(request)
    const given = typeof name === 'string' ? name.trim().toLowerCase().slice(0, 200) : ''
    if (!given) return reply.code(400).send({ message: 'Type a name.' })
    return { user_id: `user_${createHash('sha256').update(`demo job board\n${given}`).digest('hex').slice(0, 16)}` }
  })
}

/** Reports where an application stands. Without a recommendation behind it there is nothing to report: it is no outcome of one. */
export function reportApplication(
  reporter: Reporter,
  person: ReturnType<typeof readPerson>,
  application: { application_id: string; recommendation_id: string | undefined; status: 'started' | 'submitted' },
): void {
  const { application_id, recommendation_id, status } = application
  if (recommendation_id === undefined) return
  reporter.report(
    forPerson(person, [
      {
        type: 'application',
        recommendation_id,
        application_id,
        application_status: status,
        application_date: new Date().toISOString().slice(0, 10),
      },
    ]),
  )
}

/** An id of our own making, or none. */
export function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value) ? value : undefined
}

function reportCall(request: FastifyRequest, reply: FastifyReply, reporter: Reporter): void {
  const { url } = request.routeOptions
  if (!url?.includes('/api/')) return
  const size = (value: unknown) => (Number(value) > 0 ? { size: Number(value) } : undefined)
  const requestSize = size(request.headers['content-length'])
  const responseSize = size(reply.getHeader('content-length'))
  const person = readPerson(request, {})
  reporter.report([
    {
      type: 'api_call',
      endpoint: url,
      method: request.method,
      response_time: Math.round(reply.elapsedTime * 1_000) / 1_000,
      status_code: reply.statusCode,
      ...(requestSize && { request_size: requestSize.size }),
      ...(responseSize && { response_size: responseSize.size }),
      context: person.context,
    },
  ])
}

function bodyOf(request: FastifyRequest): Record<string, unknown> {
  const { body } = request
  return typeof body === 'object' && body !== null && !Buffer.isBuffer(body) ? (body as Record<string, unknown>) : {}
}

/** A small JSON object in a header, beside a body that is a file. */
function headerJson(request: FastifyRequest, name: string): unknown {
  try {
    return JSON.parse(String(request.headers[name] ?? 'null'))
  } catch {
    return undefined // A header nobody of ours wrote.
  }
}
