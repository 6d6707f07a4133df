import fp from 'fastify-plugin'
import type { Services } from '../services.ts'

/** GET /metrics: Prometheus text format, for admin keys. */
export default fp<{ services: Services }>(
  async (app, { services }) => {
    app.get('/metrics', { config: { admin: true } }, async (_request, reply) => {
      return reply.type(services.metrics.contentType).send(await services.metrics.text())
    })
  },
  { name: 'route-metrics', dependencies: ['http'] },
)
