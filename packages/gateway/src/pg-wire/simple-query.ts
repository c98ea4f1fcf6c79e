// The simple protocol: one text of any number of statements, rows as text. The first failure drops the rest.

import type { Result } from '@tulle/kernel'
import type { StatementText } from '../types.ts'
import type { Conversation, RequestFailure } from './interruptible.ts'
import type { Statement } from './types.ts'
import { deliver } from './deliver.ts'
import { interruptibly } from './interruptible.ts'
import { commandComplete, copyDone, copyOutResponse, emptyQuery, parameterStatus, rowDescription } from './replies.ts'
import { tellNotices } from './notices.ts'
import { readStatements, understand } from './understand.ts'
import { formatsFor, tagOf } from './types.ts'

export async function simpleQuery(conversation: Conversation, text: string): Promise<RequestFailure | undefined> {
  const statements = readStatements(text)
  if (!statements.ok) return failureOf(statements, text)
  if (statements.value.length === 0) conversation.wire.send(emptyQuery())
  for (const statement of statements.value) {
    const failure = await interruptibly(conversation, (signal) => runOne(conversation, statement, signal))
    if (failure !== undefined) return { ...failure, statement: failure.statement === '' ? '' : statement.text }
  }
  return undefined
}

async function runOne(conversation: Conversation, text: StatementText, signal: AbortSignal): Promise<RequestFailure | undefined> {
  const { session, doors, wire } = conversation
  const understood = await understand(session, doors, text, [], signal)
  if (!understood.ok) return failureOf(understood, text.text)
  const statement: Statement = understood.value
  const formats = statement.fixedFormats ?? []
  const answer = await statement.run({ values: [], formats: [], resultFormats: formats }, signal)
  if (!answer.ok) return failureOf(answer, text.text)
  if (answer.value.kind === 'done') {
    for (const { name, value } of answer.value.reported) wire.send(parameterStatus(name, value))
    wire.send(commandComplete(answer.value.tag))
    return undefined
  }
  tellNotices(conversation, statement)
  const { rows } = answer.value
  const fields = statement.fields ?? []
  if (answer.value.kind === 'copy') wire.send(copyOutResponse(answer.value.formats))
  else wire.send(rowDescription(fields, formatsFor(formats, fields.length)))
  const delivered = await deliver(wire, rows, 0, signal)
  await rows.close()
  if (!delivered.ok) return failureOf(delivered, text.text)
  if (answer.value.kind === 'copy') wire.send(copyDone())
  wire.send(commandComplete(tagOf(answer.value, delivered.value.rows)))
  return undefined
}

const failureOf = (result: Result<unknown> & { ok: false }, statement: string): RequestFailure => ({ diagnostic: result.diagnostics[0] as RequestFailure['diagnostic'], statement })
