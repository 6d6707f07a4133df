import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Services } from '../../../services.ts'

/** POST /api/analytics/recount/verify and /rebuild: are the KPIs what the raw rows say, and make them so. For admin keys; they take their time. */
export default fp<{ services: Services }>(
  async (app, { services }) => {
    const config = { admin: true }
    const onRequest = keepOpen
    app.post('/api/analytics/recount/verify', { config, onRequest }, async () => await services.recounts.verify())
    app.post('/api/analytics/recount/rebuild', { config, onRequest }, async () => ({
      rebuilt: await services.recounts.rebuild(),
    }))
  },
  { name: 'route-recount', dependencies: ['http'] },
)

/** A connection is cut when nothing moves on it for a while; here nothing does until the answer is there. */
async function keepOpen(request: FastifyRequest): Promise<void> {
  request.raw.socket.setTimeout(0)
}
