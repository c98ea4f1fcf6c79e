// The REST data ports: `/data/v1/<product>/<data set>`, each product with its OpenAPI document and page.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { acceptedFormat, dataPortOpenApi, dataQuery, onePurpose, rememberSightings, rowQuery } from '@tulle/gateway'
import type { DataRequest, Sightings } from '@tulle/gateway'
import type { Result } from '@tulle/kernel'
import { fail, isName, ok } from '@tulle/kernel'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { findProduct } from '../handlers/products.ts'
import { whoIs } from '../who.ts'
import { sendInternalError, sendProblem } from './answers.ts'
import type { Authenticator, Caller } from './callers.ts'
import { callerOf } from './callers.ts'
import { sendRows } from './send-rows.ts'
import { sendFile } from './collection-files.ts'

const BASE = '/data/v1'

/** `flights`, or `flights@2`. */
const nameOf = (address: string): string => address.replace(/@[1-9][0-9]{0,5}$/u, '')
const isAddress = (address: string): boolean => isName(nameOf(address))

type Serve = (request: FastifyRequest, reply: FastifyReply, caller: Caller) => Promise<FastifyReply>

export function mountDataPorts(app: FastifyInstance, house: House, accounts: Authenticator): void {
  const get = (path: string, serve: Serve): void => {
    app.get(`${BASE}${path}`, async (request, reply) => {
      try {
        const caller = await callerOf(request, accounts, house.settings.httpPort)
        return caller.ok ? await serve(request, reply, caller.value) : sendProblem(reply, caller.diagnostics)
      } catch (error) {
        return sendInternalError(reply, error, house.log)
      }
    })
  }
  get('/:product/openapi.json', (request, reply, caller) => describe(house, request, reply, caller))
  get('/:product/:dataSet/files/*', (request, reply, caller) => file(house, request, reply, caller))
  const sightings = rememberSightings(() => house.clock.now())
  get('/:product/:dataSet', (request, reply, caller) => answer(house, sightings, request, reply, caller))
  get('/:product/:dataSet/rows/*', (request, reply, caller) => answer(house, sightings, request, reply, caller))
  mountPage(app)
}

async function answer(house: House, sightings: Sightings, request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<FastifyReply> {
  const { product, dataSet } = request.params as { readonly product: string; readonly dataSet: string }
  const found = await findProduct(house, nameOf(product))
  if (!found.ok) return sendProblem(reply, found.diagnostics)
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new Error('the reader hung up')))
  const query = [...new URLSearchParams(request.url.split('?')[1] ?? '')].filter(([name]) => name !== 'purpose')
  const accepts = acceptedFormat(request.headers.accept)
  if (accepts === 'none' && !query.some(([name]) => name === 'format')) return sendProblem(reply, [messages['not-acceptable']({})])
  const purpose = purposeOf(request)
  if (!purpose.ok) return sendProblem(reply, purpose.diagnostics)
  const { 'if-none-match': etags, 'if-modified-since': since } = request.headers
  const asked: DataRequest = {
    who: whoIs(house, caller, found.value.id, purpose.value), product, dataSet, query, signal: gone.signal,
    held: { ...(etags !== undefined && { etags }), ...(since !== undefined && { since }) },
    ...(accepts !== undefined && accepts !== 'none' && { accepts }),
  }
  const options = { governor: house.rest.governor, authorizer: house.rest.authorizer, sightings }
  const key = rowKeyOf(request)
  const data = key === undefined ? await dataQuery(asked, options) : key.ok ? await rowQuery(asked, key.value, options) : key
  if (!data.ok) return sendProblem(reply, data.diagnostics)
  const { contentType, snapshot, next, format, etag, changedAt, isUnchanged, body } = data.value
  // Rights are asked each time; a copy that is still right is told so by its tag.
  const headers = {
    'content-type': contentType, 'tulle-snapshot': snapshot, 'cache-control': 'private, no-cache', vary: 'accept, authorization, cookie, x-tulle-purpose',
    ...(etag !== undefined && { etag }),
    // A time ahead is none that a server may tell.
    ...(changedAt !== undefined && changedAt <= house.clock.now() && { 'last-modified': new Date(changedAt).toUTCString() }),
    ...(next !== undefined && isUnchanged !== true && { 'tulle-next-cursor': next }),
    ...((format === 'parquet' || format === 'arrow') && isUnchanged !== true && { 'content-disposition': `attachment; filename="${dataSet}.${format}"` }),
  }
  return isUnchanged === true ? reply.headers(headers).code(304).send() : sendRows(reply, headers, body, house.log)
}

/** The values of a row's key, from the path as it was sent: a value may have a slash in it. */
function rowKeyOf(request: FastifyRequest): Result<readonly string[]> | undefined {
  const tail = /^[^?]*\/rows\/([^?]*)/u.exec(request.url)?.[1]
  if (tail === undefined || (request.params as { readonly '*'?: string })['*'] === undefined) return undefined
  try {
    return ok(tail.split('/').map((value) => decodeURIComponent(value)))
  } catch {
    return fail(messages['bad-address']({}))
  }
}

const PURPOSE_HEADER = 'x-tulle-purpose'

/** The purpose that a request names: in its header, or in its address where a client has no say in headers. */
function purposeOf(request: FastifyRequest): Result<string | undefined> {
  const header = request.headers[PURPOSE_HEADER]
  return onePurpose(typeof header === 'string' ? header : undefined, ...new URLSearchParams(request.url.split('?')[1] ?? '').getAll('purpose'))
}

async function file(house: House, request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<FastifyReply> {
  const { product } = request.params as { readonly product: string }
  const found = await findProduct(house, nameOf(product))
  if (!found.ok) return sendProblem(reply, found.diagnostics)
  const purpose = purposeOf(request)
  if (!purpose.ok) return sendProblem(reply, purpose.diagnostics)
  return sendFile(house, request, reply, whoIs(house, caller, found.value.id, purpose.value))
}

async function describe(house: House, request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<FastifyReply> {
  const { product } = request.params as { readonly product: string }
  const found = await findProduct(house, nameOf(product))
  if (!found.ok) return sendProblem(reply, found.diagnostics)
  const asker = await whoIs(house, caller, found.value.id)()
  if (!asker.ok) return sendProblem(reply, asker.diagnostics)
  const visible = (await house.rest.authorizer.visible(asker.value)).filter((table) => table.product.schema === product)
  if (visible.length === 0) {
    return sendProblem(reply, [messages['not-allowed']({ who: caller.subject.name, what: `read "${product}"`, rule: 'no grant gives it' })])
  }
  return reply.type('application/json').send(JSON.stringify(dataPortOpenApi(visible, { base: BASE, url: house.url })))
}

/** The page is the same for every product; only the document that its script names differs. */
function mountPage(app: FastifyInstance): void {
  app.get(`${BASE}/:product/docs`, (request, reply) => {
    const { product } = request.params as { readonly product: string }
    if (!isAddress(product)) return sendProblem(reply, [messages['not-found']({ path: `${BASE}/…/docs` })])
    return reply.type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${product} · REST data port</title><link rel="stylesheet" href="/docs/static/swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="/docs/static/swagger-ui-bundle.js"></script><script src="/data/v1/${product}/docs.js"></script></body>
</html>
`)
  })
  app.get(`${BASE}/:product/docs.js`, (request, reply) => {
    const { product } = request.params as { readonly product: string }
    if (!isAddress(product)) return sendProblem(reply, [messages['not-found']({ path: `${BASE}/…/docs.js` })])
    return reply.type('text/javascript; charset=utf-8').send(`SwaggerUIBundle({ url: '${BASE}/${product}/openapi.json', dom_id: '#swagger-ui', deepLinking: true })\n`)
  })
}
