// A port of this machine alone that a browser comes back to once, with a code (RFC 8252, 7.3). Whoever does not bring the state
// along is told nothing and changes nothing.

import { timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type LoopbackAnswer = { readonly kind: 'code'; readonly code: string } | { readonly kind: 'trouble'; readonly code: string } | { readonly kind: 'stopped' } | { readonly kind: 'late' }

/** Listens on 127.0.0.1 at a port that the system chooses, until the answer is there. */
export async function listenForAnswer({ state, milliseconds, signal }: { readonly state: string; readonly milliseconds: number; readonly signal: AbortSignal }): Promise<{ readonly port: number; readonly answer: Promise<LoopbackAnswer> }> {
  const { promise, resolve } = Promise.withResolvers<LoopbackAnswer>()
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    const query = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams
    const [code, trouble] = [query.get('code'), query.get('trouble')]
    const isOurs = request.method === 'GET' && isSame(query.get('state') ?? '', state) && (code ?? trouble) !== null
    const text = !isOurs ? 'This is not the answer that is waited for.' : code === null ? 'Nobody was signed in. The terminal says more.' : 'You are signed in. This page can be closed.'
    response.writeHead(isOurs ? 200 : 400, { 'content-type': 'text/plain; charset=utf-8', 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', connection: 'close' }).end(`${text}\n`, () => {
      if (isOurs) resolve(code === null ? { kind: 'trouble', code: trouble ?? '' } : { kind: 'code', code })
    })
  })
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(0, '127.0.0.1', listening))
  const timer = setTimeout(() => resolve({ kind: 'late' }), milliseconds)
  const stop = (): void => resolve({ kind: 'stopped' })
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const answer = promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as AddressInfo).port, answer }
}

const isSame = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
