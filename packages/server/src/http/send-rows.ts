// Rows as an answer. What fails before the first piece is refused as anything else is; what stops later destroys the socket, so
// that half an answer never looks whole.

import { DataStopped, pour } from '@tulle/gateway'
import type { FastifyReply } from 'fastify'
import type { Log } from '../log.ts'
import { describeInternalError, sendProblem } from './answers.ts'
import { beStrict } from './app.ts'

export async function sendRows(reply: FastifyReply, headers: Readonly<Record<string, string>>, pieces: AsyncIterable<Uint8Array>, log: Log): Promise<FastifyReply> {
  const reader = pieces[Symbol.asyncIterator]()
  const first = await reader.next().catch((error: unknown) => (error instanceof DataStopped ? error : Promise.reject(error)))
  if (first instanceof DataStopped) return sendProblem(reply, first.diagnostics)
  reply.headers(headers)
  if (reply.request.method === 'HEAD') {
    await reader.return?.()
    return reply.send()
  }
  beStrict(reply)
  reply.hijack()
  reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
  try {
    await pour(resumed(first, reader), reply.raw)
  } catch (error) {
    if (!(error instanceof DataStopped)) describeInternalError(error, log)
    reply.raw.destroy()
  }
  return reply
}

async function* resumed<T>(first: IteratorResult<T, unknown>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    for (let piece = first; piece.done !== true; piece = await rest.next()) yield piece.value
  } finally {
    await rest.return?.()
  }
}
