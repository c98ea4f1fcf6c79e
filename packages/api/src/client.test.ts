import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, describe } from 'vitest'
import { ApiProblem, createClient, valueOrThrow } from './client.ts'
import { KEEP_ALIVE, printEvent, STREAM_TYPE } from './event-stream.ts'
import { PROBLEM_TYPE, statusOf, toProblem } from './problem.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A server that answers everything alike; the client's side of the protocol needs no more. */
async function answering(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  }))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const asJson = (status: number, body: unknown, type = 'application/json') => (_: unknown, response: ServerResponse): void => {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
}

async function allOf<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const values: T[] = []
  for await (const value of stream) values.push(value)
  return values
}

const UNKNOWN = { code: 'unknown-product', severity: 'error', message: 'There is no product "x".', help: 'Did you mean "y"?' } as const

describe('the client', () => {
  it('sends the token, and the method, path and query of the table', async () => {
    const seen: unknown[] = []
    const baseUrl = await answering((request, response) => {
      seen.push([request.method, request.url, request.headers.authorization])
      asJson(200, { products: [], total: 0 })(request, response)
    })
    const client = createClient({ baseUrl: `${baseUrl}/`, token: () => 'secret' })
    expect(await client.listProducts({ q: 'a b' })).toEqual({ ok: true, value: { products: [], total: 0 }, diagnostics: [] })
    expect(seen).toEqual([['GET', '/api/v1/products?q=a+b', 'Bearer secret']])
  })

  it('gives a problem\'s diagnostics back whole, with the status', async () => {
    const client = createClient({ baseUrl: await answering(asJson(404, toProblem([UNKNOWN]), PROBLEM_TYPE)) })
    const result = await client.getProduct({ product: 'x' })
    expect(result).toEqual({ ok: false, status: 404, diagnostics: [UNKNOWN] })
    const thrown = await valueOrThrow(Promise.resolve(result)).catch((cause: unknown) => cause)
    expect(thrown).toBeInstanceOf(ApiProblem)
    expect(thrown).toMatchObject({ message: 'There is no product "x".', status: 404 })
  })

  it.each([
    ['a page', 200, '<html>', 'text/html'],
    ['an error without a problem', 502, '<html>', 'text/html'],
    ['JSON that is no problem', 404, '{"error":"no"}', 'application/json'],
  ])('recognises a server that is not Tulle\'s by %s', async (_name, status, body, type) => {
    const baseUrl = await answering((_, response) => response.writeHead(status, { 'content-type': type }).end(body))
    const result = await createClient({ baseUrl }).me()
    expect(result.diagnostics.map((d) => [d.code, d.message])).toEqual([
      ['not-a-tulle-server', `${baseUrl}/api/v1/me answered ${status} with something that is not Tulle's.`],
    ])
  })

  it('says that nothing answers where nothing answers', async () => {
    const baseUrl = await answering(asJson(200, {}))
    for (const close of closers.splice(0)) await close()
    const result = await createClient({ baseUrl }).status()
    expect(result).toMatchObject({ ok: false, status: 0, diagnostics: [{ code: 'server-unreachable', message: `Nothing answers at ${baseUrl}/api/v1 (ECONNREFUSED).` }] })
  })

  it('throws only when its caller aborts', async () => {
    const client = createClient({ baseUrl: await answering(() => undefined) })
    await expect(client.me({}, { signal: AbortSignal.timeout(20) })).rejects.toThrow('aborted due to timeout')
  })

  it('yields the values of a stream until it ends', async () => {
    const baseUrl = await answering((_, response) => {
      response.writeHead(200, { 'content-type': STREAM_TYPE })
      response.end(KEEP_ALIVE + printEvent('run', { id: 'r', status: 'running' }) + printEvent('run', { id: 'r', status: 'succeeded' }))
    })
    const stream = await valueOrThrow(createClient({ baseUrl }).watchRun({ run: 'r' }))
    expect((await allOf(stream)).map((run) => run.status)).toEqual(['running', 'succeeded'])
  })

  it('throws a problem that arrives in the middle of a stream', async () => {
    const baseUrl = await answering((_, response) => {
      response.writeHead(200, { 'content-type': STREAM_TYPE }).end(printEvent('problem', toProblem([UNKNOWN])))
    })
    const stream = await valueOrThrow(createClient({ baseUrl }).watchRun({ run: 'r' }))
    await expect(allOf(stream)).rejects.toThrow('There is no product "x".')
  })
})

describe('a problem', () => {
  it('a code that objects have by birth has the status of any other', () => expect(statusOf('constructor')).toBe(400))

  it.each([
    ['the first error gives title and status', [{ ...UNKNOWN, severity: 'warning', code: 'w' }, UNKNOWN], 404, 'urn:tulle:problem:unknown-product'],
    ['an unlisted code is the caller\'s mistake', [{ ...UNKNOWN, code: 'bad-yaml' }], 400, 'urn:tulle:problem:bad-yaml'],
    ['no diagnostic at all is our fault', [], 500, 'urn:tulle:problem:internal-error'],
  ] as const)('%s', (_name, diagnostics, status, type) => {
    expect(toProblem(diagnostics)).toMatchObject({ status, type, diagnostics })
  })
})
