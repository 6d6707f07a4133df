import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fp from 'fastify-plugin'

/** Seconds a browser keeps the tag before it asks again. */
const MAX_AGE_S = 3_600

/** GET /offertrail.js: the browser tag as it was built, for pages of any origin. */
export default fp<{ trackerDir: string }>(
  async (app, { trackerDir }) => {
    for (const { path, file, type } of files) {
      if (!existsSync(join(trackerDir, file))) continue
      const body = readFileSync(join(trackerDir, file))
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
      app.get(path, async (request, reply) => {
        reply.headers({
          etag,
          'cache-control': `public, max-age=${MAX_AGE_S}`,
          // Pages of other origins load it, with integrity= and crossorigin.
          'access-control-allow-origin': '*',
          'cross-origin-resource-policy': 'cross-origin',
        })
        if (request.headers['if-none-match'] === etag) return reply.code(304).send()
        return reply.type(type).send(body)
      })
    }
  },
  { name: 'route-tracker', dependencies: ['http'] },
)

const script = 'text/javascript; charset=utf-8'
const files = [
  { path: '/offertrail.js', file: 'offertrail.js', type: script },
  { path: '/offertrail.js.map', file: 'offertrail.js.map', type: 'application/json' },
  { path: '/offertrail-stub.js', file: 'stub.js', type: script },
]
