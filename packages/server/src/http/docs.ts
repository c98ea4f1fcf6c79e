// The API's description as a document and as a page.

import type { FastifyInstance } from 'fastify'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { openApi } from '@tulle/api'

// The page's own scripts carry their hashes in the policy that its plugin sends.
export async function mountDocs(app: FastifyInstance, { version, url }: { readonly version: string; readonly url: string }): Promise<void> {
  const document = openApi({ title: 'Tulle', version, url })
  await app.register(swagger, { mode: 'static', specification: { document: document as never } })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, theme: { title: 'Tulle API' }, uiConfig: { docExpansion: 'list', deepLinking: true, layout: 'BaseLayout' } })
  app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(JSON.stringify(document)))
}
