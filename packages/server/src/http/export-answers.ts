// `POST /data/v1/query`: all rows that one SELECT answers, as a file of the format that is asked for. Prepared, decided, watched
// and written into the audit as a statement of psql is; what is cut ends the connection, so that half of it never looks whole.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { bodyOf, CONTENT_TYPES } from '@tulle/gateway'
import type { RowFormat } from '@tulle/gateway'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { whoAsks } from '../handlers/query.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { sendInternalError, sendProblem } from './answers.ts'
import type { Authenticator } from './callers.ts'
import { callerOf } from './callers.ts'
import { sendRows } from './send-rows.ts'

const FORMATS: readonly RowFormat[] = ['csv', 'ndjson', 'arrow', 'parquet']
const MOST_CHARACTERS = 100_000

interface Asked { readonly sql: string; readonly format: RowFormat; readonly purpose?: string }

export function mountExportAnswers(app: FastifyInstance, house: House, accounts: Authenticator): void {
  app.post('/data/v1/query', async (request, reply) => {
    try {
      return await answer(house, accounts, request, reply)
    } catch (error) {
      return sendInternalError(reply, error, house.log)
    }
  })
}

async function answer(house: House, accounts: Authenticator, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const caller = await callerOf(request, accounts, house.settings.httpPort)
  if (!caller.ok) return sendProblem(reply, caller.diagnostics)
  const asked = readAsked(request.body)
  if (!asked.ok) return sendProblem(reply, asked.diagnostics)
  const { sql, format, purpose } = asked.value
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new Error('the reader hung up')))
  const statement = await house.sql.governor.prepare(whoAsks(house, caller.value, purpose), sql, 'rest', gone.signal)
  if (!statement.ok) return sendProblem(reply, statement.diagnostics)
  const body = await bodyOf(statement.value, { format, parameters: [], signal: gone.signal })
  if (!body.ok) return sendProblem(reply, body.diagnostics)
  return sendRows(reply, { 'content-type': CONTENT_TYPES[format], 'content-disposition': `attachment; filename="rows.${format}"` }, body.value, house.log)
}

function readAsked(body: unknown): Result<Asked> {
  const { sql, format, purpose } = (body !== null && typeof body === 'object' ? body : {}) as Readonly<Record<string, unknown>>
  if (typeof sql !== 'string' || sql.trim() === '' || sql.length > MOST_CHARACTERS) return fail(messages['bad-input']({ field: 'sql', text: `it must be a statement of at most ${MOST_CHARACTERS} characters` }))
  const known = FORMATS.find((one) => one === format)
  if (known === undefined) return fail(messages['bad-input']({ field: 'format', text: `it must be one of ${FORMATS.join(', ')}` }))
  if (purpose !== undefined && (typeof purpose !== 'string' || purpose.length > 200)) return fail(messages['bad-input']({ field: 'purpose', text: 'it must be a text' }))
  return ok({ sql, format: known, ...(purpose !== undefined && { purpose }) })
}
