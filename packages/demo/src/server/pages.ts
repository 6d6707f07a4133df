import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Html } from '../html.ts'
import { jobs } from '../jobs/data.ts'
import { readSearch, searchJobs } from '../jobs/search.ts'
import { appliedPage, applyPage } from '../views/apply.ts'
import { homePage } from '../views/home.ts'
import { jobPage } from '../views/job.ts'
import { jobsPage } from '../views/jobs.ts'
import { notFoundPage } from '../views/layout.ts'
import { recommendedPage } from '../views/recommended.ts'
import { resumePage } from '../views/resume.ts'
import { salaryPage } from '../views/salary.ts'
import { savedPage } from '../views/saved.ts'
import { idOf, reportApplication } from './api.ts'
import { readPerson } from './person.ts'
import type { Reporter } from './reporter.ts'

/** The pages. Each is whole by itself; the script in it may swap the main part of one for another's. */
export function addPages(app: FastifyInstance, pageKey: string, reporter: Reporter): void {
  const send = (reply: FastifyReply, page: Html) =>
    reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page.html)
  const missing = (reply: FastifyReply) => send(reply.code(404), notFoundPage(pageKey))

  app.get('/', { prefixTrailingSlash: 'slash' }, (_request, reply) => send(reply, homePage(pageKey)))
  app.get('/jobs', (request, reply) => {
    const search = readSearch(queryOf(request))
    return send(reply, jobsPage(pageKey, search, searchJobs(jobs, search)))
  })
  app.get('/jobs/:id', (request, reply) => {
    const job = jobOf((request.params as { id: string }).id)
    return job ? send(reply, jobPage(pageKey, job, idOf(queryOf(request).rec))) : missing(reply)
  })
  app.get('/jobs/:id/apply', (request, reply) => {
    const job = jobOf((request.params as { id: string }).id)
    return job ? send(reply, applyPage(pageKey, job, idOf(queryOf(request).rec))) : missing(reply)
  })
  app.get('/recommended', (_request, reply) => send(reply, recommendedPage(pageKey)))
  app.get('/resume', (_request, reply) => send(reply, resumePage(pageKey)))
  app.get('/salary', (_request, reply) => send(reply, salaryPage(pageKey)))
  app.get('/saved', (_request, reply) => send(reply, savedPage(pageKey, jobs)))
  app.get('/applied', (request, reply) => {
    const { application, job, rec } = queryOf(request)
    const found = jobOf(job)
    const id = idOf(application)
    return found && id ? send(reply, appliedPage(pageKey, found, id, idOf(rec))) : missing(reply)
  })

  // An ordinary form of an ordinary site. What is typed into it is read by nobody here, and kept nowhere.
  app.post('/apply', (request, reply) => {
    const form = (request.body ?? {}) as Record<string, unknown>
    const job = jobOf(form.job_id)
    if (!job) return missing(reply)
    const application_id = idOf(form.application_id) ?? randomUUID()
    const recommendation_id = idOf(form.recommendation_id)
    const person = readPerson(request, {
      ids: form,
      consent: form.consent === 'refused' ? { analytics: false } : undefined,
    })
    reportApplication(reporter, person, { application_id, recommendation_id, status: 'submitted' })
    const query = new URLSearchParams({ application: application_id, job: job.id })
    if (recommendation_id) query.set('rec', recommendation_id)
    return reply.redirect(`/demo/applied?${query}`, 303)
  })
}

function jobOf(id: unknown) {
  return jobs.find((job) => job.id === id)
}

function queryOf(request: FastifyRequest): Record<string, unknown> {
  return request.query as Record<string, unknown>
}
