// Files behind signed links: `/files/v1/<product>/<data set>.<format>?link=…`, whole or in ranges. The link is all that a client
// has to show; whether whoever it was made for may still have the file is asked each time, and while it leaves.

import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { whoOfLink } from '../who-of-link.ts'
import { sendInternalError, sendProblem } from './answers.ts'
import { isHeld, rangeOf } from './ranges.ts'

export const FILES_BASE = '/files/v1'

export function mountFileLinks(app: FastifyInstance, house: House): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: `${FILES_BASE}/:product/:file`,
    handler: async (request, reply) => {
      try {
        return await serve(house, request, reply)
      } catch (error) {
        return sendInternalError(reply, error, house.log)
      }
    },
  })
}

async function serve(house: House, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  // What stands before the question mark is for people and programs that go by names; the link says what it is.
  const token = new URLSearchParams(request.url.split('?')[1] ?? '').get('link') ?? ''
  const link = house.files.read(token)
  if (!link.ok) return sendProblem(reply, link.diagnostics)
  const opened = await house.files.open(link.value, whoOfLink(house))
  if (!opened.ok) return sendProblem(reply, opened.diagnostics)
  const { bytes, contentType, etag, hand } = opened.value
  const name = `${link.value.dataSet}.${link.value.format}`
  reply.headers({
    etag, 'accept-ranges': 'bytes', 'content-type': contentType, 'cache-control': 'private, no-cache', 'tulle-snapshot': link.value.snapshot,
    'content-disposition': `attachment; filename="${name}"`, 'content-security-policy': "default-src 'none'; sandbox",
  })
  if (isHeld(request.headers['if-none-match'], etag)) return reply.code(304).send()
  const range = request.headers['if-range'] === undefined || request.headers['if-range'] === etag ? rangeOf(request.headers.range, bytes) : undefined
  if (range === 'outside') return sendProblem(reply.header('content-range', `bytes */${bytes}`), [messages['range-outside']({ range: request.headers.range ?? '', size: bytes })])
  const { start, end } = range ?? { start: 0, end: bytes - 1 }
  reply.header('content-length', end - start + 1)
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${start}-${end}/${bytes}`)
  if (request.method === 'HEAD') return reply.send()
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new Error('the reader hung up')))
  const handed = await hand({ start, end }, gone.signal)
  // A stream that breaks destroys the socket, so that half a file never looks whole.
  return handed.ok ? reply.send(Readable.from(handed.value, { objectMode: false, highWaterMark: 1 << 16 })) : sendProblem(reply.removeHeader('content-length').removeHeader('content-range').code(200), handed.diagnostics)
}
