import fp from 'fastify-plugin'
import type { Services } from '../../../services.ts'

/** GET /api/analytics/schema/differences: where the database is not what the SQL files say. */
export default fp<{ services: Services }>(
  async (app, { services }) => {
    app.get('/api/analytics/schema/differences', { config: { admin: true } }, async () => ({
      differences: await services.schemaDifferences(),
    }))
  },
  { name: 'route-schema', dependencies: ['http'] },
)
