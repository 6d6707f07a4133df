import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

/** The built files the pages load. Read once; no path of a request ever reaches the disk. */
const files = [
  { name: 'app.js', type: 'text/javascript; charset=utf-8' },
  { name: 'style.css', type: 'text/css; charset=utf-8' },
  { name: 'icon.svg', type: 'image/svg+xml' },
]

/** Where `build.mjs` puts them, seen from the sources and from `dist` alike. */
const folder = new URL('../../dist/public/', import.meta.url)

export function addFiles(app: FastifyInstance): void {
  for (const { name, type } of files) {
    const body = readFileSync(new URL(name, folder))
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    app.get(`/${name}`, async (request, reply) => {
      reply.headers({ etag, 'cache-control': 'no-cache' })
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      return reply.type(type).send(body)
    })
  }
}
