import fp from 'fastify-plugin'
import type { Services } from '../services.ts'

/** Whether the process lives, whether it takes events, and how it is. Public: they say nothing that helps an attacker. */
export default fp<{ services: Services }>(
  async (app, { services }) => {
    app.get('/health/live', async () => ({ status: 'ok' }))
    app.get('/health/ready', async (_request, reply) => {
      const health = services.health()
      return reply.code(health.status === 'failing' ? 503 : 200).send(health)
    })
    app.get('/api/analytics/health', async (_request, reply) => {
      const health = services.health()
      return reply.code(health.status === 'failing' ? 503 : 200).send(health)
    })
  },
  { name: 'route-health', dependencies: ['http'] },
)
