import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { addApi } from './server/api.ts'
import { addFiles } from './server/files.ts'
import { addPages } from './server/pages.ts'
import { createReporter } from './server/reporter.ts'
import { notFoundPage } from './views/layout.ts'

export interface DemoOptions {
  /** Write key of the tag in the pages. */
  pageKey: string
  /** Key the demo's own server reports with. */
  serverKey: string
  /** Where the collector listens, once it does. */
  collectorUrl: () => string
}

/** A job board under /demo/, as a company would build it. Give the plugin to a Fastify instance that serves the tag at `/offertrail.js`. */
export function createDemo({ pageKey, serverKey, collectorUrl }: DemoOptions): FastifyPluginAsync {
  return async (app) => {
    const log = (message: string) => app.log.info(message)
    const reporter = createReporter({ collectorUrl, serverKey, log })
    // A collector elsewhere still takes what waits; this very server, closing, refuses it, and those last moments are lost.
    app.addHook('preClose', () => reporter.close())
    app.get('/demo', (_request, reply) => reply.redirect('/demo/', 308))
    await app.register(
      async (site) => {
        readBodies(site)
        site.addHook('onRequest', async (_request, reply) => {
          reply.headers(securityHeaders)
        })
        site.setNotFoundHandler((_request, reply) =>
          reply.code(404).type('text/html; charset=utf-8').send(notFoundPage(pageKey).html),
        )
        addFiles(site)
        addPages(site, pageKey, reporter)
        addApi(site, reporter)
      },
      { prefix: '/demo' },
    )
  }
}

/** Nothing inline, nothing from elsewhere. Referrers stay on the site, so that it can see its own paths. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/** This site's own bodies, whatever the server around it reads: JSON, forms, and files as bytes. */
function readBodies(site: FastifyInstance): void {
  site.removeAllContentTypeParsers()
  site.addContentTypeParser('application/json', { parseAs: 'string' }, site.getDefaultJsonParser('error', 'error'))
  site.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )
  site.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
}
