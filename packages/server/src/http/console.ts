// Serves the built console: its files by name, its first page for every other address that a person may type.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import fastifyStatic from '@fastify/static'
import { API_ROOT } from '@tulle/api'
import { messages } from '../messages.ts'
import { sendProblem } from './answers.ts'
import { cookieName, cookieOf } from './callers.ts'

const NOT_PAGES = /^\/(?:api|data|iceberg)\/|^\/products\/[^/]+\/control\//u

/** What every page of the console asks first, and what its first page does; as the API's client spells them. */
const ASKED_FIRST = ['/me', '/status', '/domains']
const ASKED_AT_HOME = '/search?limit=60&offset=0'

/** Lets the browser ask while the script is still on its way. Whoever is not signed in would only be refused. */
export function askedFirst(path: string, isSignedIn: boolean): string | undefined {
  if (!isSignedIn || path.startsWith('/sign-in')) return undefined
  return [...ASKED_FIRST, ...(path === '/' ? [ASKED_AT_HOME] : [])].map((one) => `<${API_ROOT}${one}>; rel=preload; as=fetch; crossorigin`).join(', ')
}

export async function mountConsole(app: FastifyInstance, folder: string, port: number): Promise<void> {
  const built = existsSync(join(folder, 'index.html'))
  if (built) {
    await app.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      preCompressed: true,
      // Names of assets carry their content's hash.
      setHeaders: (reply, path) => {
        void reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
        const { request } = reply
        const link = path.endsWith('.html') ? askedFirst(request.url, cookieOf(request, cookieName(port)) !== undefined) : undefined
        if (link !== undefined) void reply.header('link', link)
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && built && !NOT_PAGES.test(request.url) && (request.headers.accept ?? '').includes('text/html')
    if (isPage) return reply.header('cache-control', 'no-cache').sendFile('index.html')
    return sendProblem(reply, [messages['not-found']({ path: request.url.split('?')[0] ?? '' })])
  })
}
