// Serves the built console: its files by name, its first page for every other address that a person may type.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import fastifyStatic from '@fastify/static'
import { messages } from '../messages.ts'
import { sendProblem } from './answers.ts'

const NOT_PAGES = /^\/(?:api|data|iceberg)\/|^\/products\/[^/]+\/control\//u

export async function mountConsole(app: FastifyInstance, folder: string): Promise<void> {
  const built = existsSync(join(folder, 'index.html'))
  if (built) {
    await app.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      preCompressed: true,
      // Names of assets carry their content's hash.
      setHeaders: (reply, path) => { void reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache') },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && built && !NOT_PAGES.test(request.url) && (request.headers.accept ?? '').includes('text/html')
    if (isPage) return reply.header('cache-control', 'no-cache').sendFile('index.html')
    return sendProblem(reply, [messages['not-found']({ path: request.url.split('?')[0] ?? '' })])
  })
}
