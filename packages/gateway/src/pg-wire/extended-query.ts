// The extended protocol: statements that are parsed once and run often, portals that are read in parts.

import type { Diagnostic, Result } from '@tulle/kernel'
import type { Conversation, RequestFailure } from './interruptible.ts'
import type { Request } from './requests.ts'
import type { Answer, Portal, Statement } from './types.ts'
import { messages } from '../messages.ts'
import { foreignDiagnostic } from '../sqlstate.ts'
import { interruptibly } from './interruptible.ts'
import { deliver } from './deliver.ts'
import {
  bindComplete, closeComplete, commandComplete, copyDone, copyOutResponse, emptyQuery, noData, parameterDescription, parameterStatus, parseComplete, portalSuspended, readyForQuery, rowDescription,
} from './replies.ts'
import { tellNotices } from './notices.ts'
import { EMPTY, understandOne } from './understand.ts'
import { formatsFor, tagOf } from './types.ts'

type Of<K extends Request['kind']> = Request & { readonly kind: K }

export async function parse(conversation: Conversation, request: Of<'parse'>): Promise<RequestFailure | undefined> {
  const { session, doors, wire } = conversation
  const { name, text, parameterTypes } = request
  if (name !== '' && session.statements.has(name)) return refused(messages['duplicate-prepared-statement']({ name }))
  const room = session.room()
  if (!room.ok) return failureOf(room, '')
  session.statements.delete(name)
  const understood = await interruptibly(conversation, (signal) => understandOne(session, doors, text, parameterTypes, signal))
  if (!understood.ok) return failureOf(understood, text)
  session.statements.set(name, understood.value)
  wire.send(parseComplete())
  return undefined
}

export async function bind({ session, wire }: Conversation, request: Of<'bind'>): Promise<RequestFailure | undefined> {
  const statement = session.statements.get(request.statement)
  if (statement === undefined) return refused(messages['unknown-prepared-statement']({ name: request.statement }))
  if (session.transaction.status === 'E' && !statement.endsTransaction) return refused(messages['transaction-failed']({}))
  if (request.values.length !== statement.parameterTypes.length) return refused(messages['wrong-parameter-count']({ given: request.values.length, wanted: statement.parameterTypes.length }))
  if (request.portal !== '' && session.portals.has(request.portal)) return refused(messages['duplicate-cursor']({ name: request.portal }))
  const columns = statement.fields?.length ?? 0
  if (request.resultFormats.length > 1 && request.resultFormats.length !== columns) return refused(messages['protocol-violation']({ what: `bind message has ${request.resultFormats.length} result formats but the query has ${columns} columns` }))
  if (request.formats.length > 1 && request.formats.length !== request.values.length) return refused(messages['protocol-violation']({ what: `bind message has ${request.formats.length} parameter formats but ${request.values.length} parameters` }))
  const room = session.room()
  if (!room.ok) return failureOf(room, '')
  await session.closePortal(request.portal)
  // Values are copied: they must not keep the frame's buffer, nor change with it.
  const values = request.values.map((value) => (value === null ? null : Buffer.from(value)))
  session.portals.set(request.portal, { statement, binding: { values, formats: request.formats, resultFormats: request.resultFormats }, done: false, hold: false })
  wire.send(bindComplete())
  return undefined
}

export function describe({ session, wire }: Conversation, request: Of<'describe'>): RequestFailure | undefined {
  if (request.what === 'statement') {
    const statement = session.statements.get(request.name)
    if (statement === undefined) return refused(messages['unknown-prepared-statement']({ name: request.name }))
    wire.send(parameterDescription(statement.parameterTypes))
    wire.send(statement.fields === undefined ? noData() : rowDescription(statement.fields, formatsFor(statement.fixedFormats ?? [], statement.fields.length)))
    return undefined
  }
  const portal = session.portals.get(request.name)
  if (portal === undefined) return refused(messages['unknown-cursor']({ name: request.name }))
  const { fields } = portal.statement
  wire.send(fields === undefined ? noData() : rowDescription(fields, formatsFor(formatsOf(portal), fields.length)))
  return undefined
}

export async function execute(conversation: Conversation, request: Of<'execute'>): Promise<RequestFailure | undefined> {
  const { session, wire } = conversation
  const portal = session.portals.get(request.portal)
  if (portal === undefined) return refused(messages['unknown-cursor']({ name: request.portal }))
  const { statement } = portal
  if (session.transaction.status === 'E' && !statement.endsTransaction) return refused(messages['transaction-failed']({}))
  if (statement === EMPTY) {
    wire.send(emptyQuery())
    return undefined
  }
  return interruptibly(conversation, async (signal) => {
    if (portal.answer === undefined) {
      const opened = await statement.run({ ...portal.binding, resultFormats: formatsOf(portal) }, signal)
      if (!opened.ok) return failureOf(opened, statement.text)
      portal.answer = opened.value
      if (opened.value.kind !== 'done') tellNotices(conversation, statement)
    }
    if (portal.answer.kind === 'done') {
      const { tag, reported } = portal.answer
      for (const { name, value } of portal.done ? [] : reported) wire.send(parameterStatus(name, value))
      portal.done = true
      wire.send(commandComplete(tag))
      return undefined
    }
    if (portal.answer.kind === 'copy' && portal.done) return refused(foreignDiagnostic('55000', `portal "${request.portal}" cannot be run`))
    return readPortal(conversation, portal, portal.answer, request.maxRows, signal)
  })
}

async function readPortal({ wire }: Conversation, portal: Portal, answer: Exclude<Answer, { kind: 'done' }>, maxRows: number, signal: AbortSignal): Promise<RequestFailure | undefined> {
  let rows = 0
  if (!portal.done) {
    // A copy is sent whole, whatever a client says of rows.
    if (answer.kind === 'copy') wire.send(copyOutResponse(answer.formats))
    const delivered = await deliver(wire, answer.rows, answer.kind === 'copy' ? 0 : maxRows, signal)
    if (!delivered.ok) {
      await answer.rows.close()
      return failureOf(delivered, portal.statement.text)
    }
    portal.done = delivered.value.done
    rows = delivered.value.rows
  }
  if (!portal.done) wire.send(portalSuspended())
  else {
    await answer.rows.close()
    if (answer.kind === 'copy') wire.send(copyDone())
    wire.send(commandComplete(tagOf(answer, rows)))
  }
  return undefined
}

export async function close({ session, wire }: Conversation, request: Of<'close'>): Promise<RequestFailure | undefined> {
  if (request.what === 'statement') session.statements.delete(request.name)
  else await session.closePortal(request.name)
  wire.send(closeComplete())
  return undefined
}

export async function sync({ session, wire }: Conversation): Promise<RequestFailure | undefined> {
  // Without a transaction block a Sync ends the implicit one, and with it the portals.
  if (session.transaction.status === 'I') await session.closePortals(false)
  wire.send(readyForQuery(session.transaction.status))
  return undefined
}

const formatsOf = ({ statement, binding }: { readonly statement: Statement; readonly binding: Portal['binding'] }) => statement.fixedFormats ?? binding.resultFormats
const refused = (diagnostic: Diagnostic): RequestFailure => ({ diagnostic, statement: '' })
const failureOf = (result: Result<unknown> & { ok: false }, statement: string): RequestFailure => ({ diagnostic: result.diagnostics[0] as Diagnostic, statement })
