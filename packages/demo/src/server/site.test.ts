import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createDemo } from '../index.ts'

let app = Fastify()
let reported: Record<string, unknown>[] = []

// A server around the demo that takes events as the collector does: bodies as bytes.
beforeEach(async () => {
  reported = []
  app = Fastify()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(['application/json', 'text/plain'], { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  app.post('/api/analytics/events', (request, reply) => {
    reported.push(...JSON.parse(String(request.body)).events)
    return reply.code(202).send({})
  })
  let url = ''
  await app.register(createDemo({ pageKey: 'page<key>', serverKey: 'server', collectorUrl: () => url }))
  url = await app.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(() => app.close())

/** What the server told, once so many requests of its API (each is told as the last of what it causes) and pages were told. */
async function events(requests: number) {
  const last = () => reported.filter(({ type }) => type === 'api_call' || type === 'application')
  await vi.waitFor(() => expect(last()).toHaveLength(requests), { timeout: 20_000 })
  return reported
}

const ids = { user_id: 'user_1', anonymous_id: randomUUID(), session_id: 'session_1' }

test.each([
  '/demo/',
  '/demo/jobs',
  '/demo/jobs/electrician-brightline',
  '/demo/recommended',
  '/demo/resume',
  '/demo/salary',
  '/demo/saved',
])('%s carries stub and tag, and allows no script or style but its own', async (url) => {
  const { statusCode, headers, body } = await app.inject(url)
  expect(statusCode).toBe(200)
  expect(headers['content-security-policy']).toContain("script-src 'self';")
  expect(headers['cache-control']).toBe('no-cache')
  expect(body).toContain('<script src="/offertrail-stub.js"></script>')
  expect(body).toContain('src="/offertrail.js" data-key="page&lt;key&gt;" data-consent="required"')
  expect(body).not.toMatch(/ style=|<style|<script>|https?:\/\/(?!www\.w3\.org\/2000\/svg)| on[a-z]+="/)
})

test('escapes what a visitor puts into the address', async () => {
  const { body } = await app.inject(`/demo/jobs?q=${encodeURIComponent('"><script>alert(1)</script>')}`)
  expect(body).not.toContain('<script>alert')
})

test.each(['/demo/nothing', '/demo/jobs/none', '/demo/applied', '/demo/..%2findex.js'])(
  'answers %s with its own 404',
  async (url) => {
    const { statusCode, body } = await app.inject(url)
    expect(statusCode).toBe(404)
    expect(body).toContain('Not here')
  },
)

test('reports recommendations, the run and the call for the person the page names', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/demo/api/recommendations',
    headers: { 'user-agent': 'Some Browser' },
    payload: { profile: { skills: ['React', 'CSS'], years: 4 }, ids, consent: { analytics: true } },
  })
  const shown = [...answer.json().html.matchAll(/data-offertrail-recommendation="([^"]+)"/g)].map(([, id]) => id)
  const all = await events(1)
  const made = all.filter(({ type }) => type === 'recommendation')
  expect(made.map(({ recommendation_id }) => recommendation_id)).toEqual(shown)
  expect(made.map(({ position }) => position)).toEqual(shown.map((_id, index) => index + 1))
  expect(made[0]).toMatchObject({ ...ids, context: { user_agent: 'Some Browser', consent: { analytics: true } } })
  expect(all.filter(({ type }) => type === 'processing')).toMatchObject([
    { process_name: 'recommendation_workflow', ...ids },
  ])
  expect(all.filter(({ type }) => type === 'api_call')).toMatchObject([
    { endpoint: '/demo/api/recommendations', method: 'POST', status_code: 200 },
  ])
})

test.each([
  ['refuses', { consent: { analytics: false } }, {}],
  ['sends Global Privacy Control', {}, { 'sec-gpc': '1' }],
  ['sends Do Not Track', {}, { dnt: '1' }],
])('names nobody who %s', async (_who, body, headers) => {
  await app.inject({ method: 'POST', url: '/demo/api/recommendations', headers, payload: { ids, ...body } })
  for (const event of await events(1)) {
    expect(Object.keys(event).filter((key) => key in ids)).toEqual([])
    if (event.type === 'recommendation') expect(event.context).toMatchObject({ consent: { analytics: false } })
  }
})

test('reads a resume, answers what it found, and reports nothing of what it says', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/demo/api/resumes',
    headers: { 'content-type': 'application/octet-stream', 'x-demo-ids': JSON.stringify(ids) },
    payload: Buffer.from('Ada Brown\nWeb Developer, 6 years of React\nada@example.org'),
  })
  expect(answer.json()).toMatchObject({ skills: ['React'], years: 6, confidences: { email: 0.98, phone: null } })
  const all = await events(1)
  expect(all.map(({ type }) => type).sort()).toEqual(['api_call', 'processing'])
  expect(JSON.stringify(all)).not.toMatch(/Ada|React|example/)
})

test('says that a picture has no text, and that parsing failed', async () => {
  const headers = { 'content-type': 'application/octet-stream' }
  const answer = await app.inject({
    method: 'POST',
    url: '/demo/api/resumes',
    headers,
    payload: Buffer.from([0xff, 0xd8, 0]),
  })
  expect(answer.statusCode).toBe(422)
  expect(await events(1)).toContainEqual(expect.objectContaining({ process_name: 'resume_parsing', success: false }))
})

test('takes an application as a plain form, and keeps nothing of what is typed', async () => {
  const recommendation_id = randomUUID()
  const form = {
    job_id: 'electrician-brightline',
    recommendation_id,
    email: 'ada@example.org',
    letter: 'Please',
    ...ids,
  }
  const answer = await app.inject({
    method: 'POST',
    url: '/demo/apply',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(form).toString(),
  })
  expect(answer.statusCode).toBe(303)
  expect((await app.inject(String(answer.headers.location))).statusCode).toBe(200)
  const all = await events(1)
  expect(all).toMatchObject([{ type: 'application', application_status: 'submitted', recommendation_id, ...ids }])
  expect(JSON.stringify(all)).not.toMatch(/ada@|Please/)
})

test('reports no application outcome when no recommendation led to it', async () => {
  await app.inject({
    method: 'POST',
    url: '/demo/api/applications',
    payload: { job_id: 'electrician-brightline', ids },
  })
  expect((await events(1)).map(({ type }) => type)).toEqual(['api_call'])
})

test('gives the same pseudonym to the same name, and tells nobody the name', async () => {
  const signIn = (name: string) => app.inject({ method: 'POST', url: '/demo/api/sign-in', payload: { name } })
  const [one, same, other] = [await signIn('Ada'), await signIn(' ADA '), await signIn('Eve')]
  expect(one.json().user_id).toBe(same.json().user_id)
  expect(one.json().user_id).not.toBe(other.json().user_id)
  expect(JSON.stringify(await events(3))).not.toContain('Ada')
})
