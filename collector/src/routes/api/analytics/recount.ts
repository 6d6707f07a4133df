import fp from 'fastify-plugin'
import type { Services } from '../../../services.ts'

/** POST /api/analytics/recount/verify and /rebuild: are the KPIs what the raw rows say, and make them so. For admin keys; they take their time. */
export default fp<{ services: Services }>(
  async (app, { services }) => {
    app.post('/api/analytics/recount/verify', { config: { admin: true } }, async () => await services.recounts.verify())
    app.post('/api/analytics/recount/rebuild', { config: { admin: true } }, async () => ({
      rebuilt: await services.recounts.rebuild(),
    }))
  },
  { name: 'route-recount', dependencies: ['http'] },
)
