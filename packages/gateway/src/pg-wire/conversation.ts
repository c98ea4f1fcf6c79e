// Leads one signed-in connection through the protocol until it ends: request → handler → replies. After an error in
// the extended protocol everything up to the next Sync is skipped.

import type { Diagnostic } from '@tulle/kernel'
import { Bug } from '@tulle/kernel'
import type { Conversation, RequestFailure } from './interruptible.ts'
import type { Request } from './requests.ts'
import type { Wire } from './wire.ts'
import { messages } from '../messages.ts'
import { timeoutOf } from '../settings.ts'
import { toSqlError } from '../sqlstate.ts'
import { bind, close, describe, execute, parse, sync } from './extended-query.ts'
import { errorResponse, readyForQuery } from './replies.ts'
import { readRequest } from './requests.ts'
import { simpleQuery } from './simple-query.ts'

/** Runs until the client leaves or is sent away. Afterwards nothing of it is open. */
export async function converse(conversation: Conversation): Promise<void> {
  const { wire, session } = conversation
  const onGone = (): void => conversation.running?.abort(messages['statement-cancelled']({}))
  wire.gone.addEventListener('abort', onGone)
  let skipping = false
  for (;;) {
    const idle = idleLimit(conversation)
    const frame = await wire.receive(idle.milliseconds)
    if (frame === 'closed') break
    if (frame === 'idle') {
      await goodbye(wire, idle.diagnostic)
      break
    }
    const request = typeof frame === 'string' ? undefined : readRequest(frame)
    if (request === undefined || (request.kind === 'unreadable' && request.why === 'frame')) {
      await goodbye(wire, messages['protocol-violation']({ what: 'a message does not read' }))
      break
    }
    if (request.kind === 'terminate') break
    if (skipping && request.kind !== 'sync') continue
    const failure = request.kind === 'unreadable' ? REFUSED_TEXT : await answer(conversation, request)
    if (failure !== undefined) {
      session.transaction.failed()
      wire.send(errorResponse(toSqlError(failure.diagnostic, failure.statement)))
    }
    // A simple query ends with its own ReadyForQuery, also where its text did not read.
    const simple = request.kind === 'query' || (request.kind === 'unreadable' && typeof frame !== 'string' && frame.type === 0x51)
    skipping = simple || request.kind === 'sync' ? false : skipping || failure !== undefined
    if (simple) {
      if (session.transaction.status === 'I') await session.closePortals(false)
      wire.send(readyForQuery(session.transaction.status))
    }
    // An error leaves at once: a client that sent Flush waits for it before it sends Sync.
    if ((simple || failure !== undefined || request.kind === 'sync' || request.kind === 'flush') && !(await wire.flush())) break
  }
  wire.gone.removeEventListener('abort', onGone)
  await session.closePortals(true)
}

/** The nearer of the port's limit and the session's own. */
function idleLimit({ session, idleMilliseconds, idleInTransactionMilliseconds }: Conversation): { readonly milliseconds: number; readonly diagnostic: Diagnostic } {
  const inTransaction = session.transaction.status !== 'I'
  const ports = inTransaction ? Math.min(idleMilliseconds, idleInTransactionMilliseconds) : idleMilliseconds
  const own = timeoutOf(session.settings, inTransaction ? 'idle_in_transaction_session_timeout' : 'idle_session_timeout')
  if (inTransaction) return { milliseconds: own === 0 ? ports : Math.min(own, ports), diagnostic: messages['idle-in-transaction']({}) }
  return own !== 0 && own < ports ? { milliseconds: own, diagnostic: messages['idle-session']({}) } : { milliseconds: ports, diagnostic: messages['idle-too-long']({ seconds: Math.round(ports / 1000) }) }
}

async function answer(conversation: Conversation, request: Request): Promise<RequestFailure | undefined> {
  try {
    switch (request.kind) {
      case 'query':
        return await simpleQuery(conversation, request.text)
      case 'parse':
        return await parse(conversation, request)
      case 'bind':
        return await bind(conversation, request)
      case 'describe':
        return describe(conversation, request)
      case 'execute':
        return await execute(conversation, request)
      case 'close':
        return await close(conversation, request)
      case 'sync':
        return await sync(conversation)
      default:
        return undefined
    }
  } catch (error) {
    conversation.onBug(error)
    const bug = error instanceof Bug ? error : new Bug(`answering a ${request.kind} message failed.`)
    return { diagnostic: { code: 'internal-error', severity: 'error', message: bug.message }, statement: '' }
  }
}

const REFUSED_TEXT: RequestFailure = { diagnostic: messages['bad-text']({}), statement: '' }

async function goodbye(wire: Wire, diagnostic: Diagnostic): Promise<void> {
  wire.send(errorResponse(toSqlError(diagnostic, '', 'FATAL')))
  await wire.end()
}
