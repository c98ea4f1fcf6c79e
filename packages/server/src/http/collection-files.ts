// The bytes of a file of a collection: `/data/v1/<product>/<data set>/files/<path>`. What strangers have put into a mesh is
// handed out as a download that no browser runs, in whole or in part.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { findFile } from '@tulle/gateway'
import type { Who } from '@tulle/gateway'
import { keptFile } from '@tulle/providers'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { sendProblem } from './answers.ts'
import { isHeld, rangeOf } from './ranges.ts'

export async function sendFile(house: House, request: FastifyRequest, reply: FastifyReply, who: Who): Promise<FastifyReply> {
  const { product, dataSet, '*': path } = request.params as { readonly product: string; readonly dataSet: string; readonly '*': string }
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new Error('the reader hung up')))
  const found = await findFile({ who, product, dataSet, query: [...new URLSearchParams(request.url.split('?')[1] ?? '')], signal: gone.signal }, path, { governor: house.rest.governor, authorizer: house.rest.authorizer })
  if (!found.ok) return sendProblem(reply, found.diagnostics)
  const { sha256, productId, mediaType = 'application/octet-stream' } = found.value
  const { objects } = house.lake
  const file = await objects.localFile(objects.address(keptFile(productId, sha256)))
  if (!file.ok) return sendProblem(reply, file.diagnostics)
  const { size } = await stat(file.value)
  const etag = `"${sha256}"`
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'content-type': mediaType,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(path.slice(path.lastIndexOf('/') + 1)).replaceAll(/['()*]/gu, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`,
    'content-security-policy': "default-src 'none'; sandbox",
    // Rights are asked each time; a copy that is still right is told so by its tag.
    'cache-control': 'private, no-cache',
  })
  if (isHeld(request.headers['if-none-match'], etag)) return reply.code(304).send()
  const range = request.headers['if-range'] === undefined || request.headers['if-range'] === etag ? rangeOf(request.headers.range, size) : undefined
  if (range === 'outside') return sendProblem(reply.header('content-range', `bytes */${size}`), [messages['range-outside']({ range: request.headers.range ?? '', size })])
  const { start, end } = range ?? { start: 0, end: size - 1 }
  reply.header('content-length', end - start + 1)
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`)
  return size === 0 ? reply.send('') : reply.send(createReadStream(file.value, { start, end }))
}
