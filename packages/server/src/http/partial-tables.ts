// Files of tables that are made for whoever may read a part: `/tulle-tables/<key>`, as S3 gives objects, under the credentials that
// loading the table gave. It gives objects and their sizes; it lists nothing, and takes nothing.

import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { statusOf } from '@tulle/api'
import type { Diagnostic } from '@tulle/kernel'
import { s3RefusalOf } from '@tulle/objects'
import type { House } from '../house.ts'
import { BUCKET, REGION } from '../partial-tables.ts'
import { whoOfLink } from '../who-of-link.ts'
import { describeInternalError } from './answers.ts'
import { isHeld, rangeOf } from './ranges.ts'

const NOTHING = new Uint8Array()

export function mountPartialTables(app: FastifyInstance, house: House): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: `/${BUCKET}/*`,
    handler: async (request, reply) => {
      try {
        return await serve(house, request, reply)
      } catch (error) {
        return refuse(request, reply, 500, 'InternalError', describeInternalError(error, house.log).message)
      }
    },
  })
}

async function serve(house: House, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const held = house.parts.credentials(String(request.headers['x-amz-security-token'] ?? ''))
  if (!held.ok) return refuse(request, reply, 403, held.diagnostics[0]?.code === 'link-expired' ? 'ExpiredToken' : 'AccessDenied', 'Load the table again: it gives credentials.')
  const { link, credentials } = held.value
  const refusal = s3RefusalOf(request.raw, NOTHING, { region: REGION, credentials, now: house.clock.now() })
  if (refusal !== undefined) return refuse(request, reply, 403, refusal, 'The request is not signed by the credentials that loading the table gave.')
  if (!house.isReady()) return refuse(request, reply, 503, 'ServiceUnavailable', 'Ask again in a moment.')
  const path = (request.raw.url ?? '').slice(BUCKET.length + 2).split('?', 1)[0] ?? ''
  const opened = await house.parts.open(link, path, whoOfLink(house))
  if (!opened.ok) return refuseFor(request, reply, opened.diagnostics)
  const { bytes, etag } = opened.value.kind === 'rows' ? opened.value.file : { bytes: opened.value.bytes.length, etag: undefined }
  reply.headers({ 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream', 'cache-control': 'no-store', 'last-modified': new Date(house.clock.now()).toUTCString(), ...(etag !== undefined && { etag }) })
  if (etag !== undefined && isHeld(request.headers['if-none-match'], etag)) return reply.code(304).send()
  const range = rangeOf(request.headers.range, bytes)
  if (range === 'outside') return refuse(request, reply.header('content-range', `bytes */${bytes}`), 416, 'InvalidRange', 'The range is outside the object.')
  const { start, end } = range ?? { start: 0, end: bytes - 1 }
  reply.header('content-length', end - start + 1)
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${start}-${end}/${bytes}`)
  if (request.method === 'HEAD') return reply.send()
  if (opened.value.kind === 'text') return reply.send(Buffer.from(opened.value.bytes.subarray(start, end + 1)))
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new Error('the reader hung up')))
  const handed = await opened.value.file.hand({ start, end }, gone.signal)
  // A stream that breaks destroys the socket, so that half a file never looks whole.
  return handed.ok ? reply.send(Readable.from(handed.value, { objectMode: false, highWaterMark: 1 << 16 })) : refuseFor(request, reply.removeHeader('content-range').removeHeader('etag'), handed.diagnostics)
}

function refuseFor(request: FastifyRequest, reply: FastifyReply, diagnostics: readonly Diagnostic[]): FastifyReply {
  const [first] = diagnostics
  const status = statusOf(first?.code ?? '')
  // Clients of S3 ask again what they take for trouble of the store's own, so that what is decided must not look like it.
  const [shown, code] = status === 404 ? [404, 'NoSuchKey'] as const : status === 503 ? [503, 'ServiceUnavailable'] as const : status >= 500 ? [500, 'InternalError'] as const : [403, 'AccessDenied'] as const
  return refuse(request, reply, shown, code, diagnostics.map(({ message }) => message).slice(0, 3).join(' '))
}

function refuse(request: FastifyRequest, reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  reply.removeHeader('content-length')
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`
  return reply.code(status).header('content-type', 'application/xml').send(request.method === 'HEAD' ? undefined : body)
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
