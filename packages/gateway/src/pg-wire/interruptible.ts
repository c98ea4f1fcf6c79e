// One connection's work in progress, and the one way to run a piece of it so that it can be stopped.

import type { Diagnostic } from '@tulle/kernel'
import type { Session } from './session.ts'
import type { Doors } from './understand.ts'
import type { Wire } from './wire.ts'
import { messages } from '../messages.ts'
import { timeoutOf } from '../settings.ts'

export interface Conversation {
  readonly wire: Wire
  readonly session: Session
  readonly doors: Doors
  readonly idleMilliseconds: number
  /** The same within a transaction, whose open cursors keep an engine from others. */
  readonly idleInTransactionMilliseconds: number
  /** The longest that any statement may take, whatever the session's own limit says. */
  readonly statementMilliseconds: number
  /** What runs now, for cancel requests and the end of the server. */
  running: AbortController | undefined
  /** Tells a fault of our own. */
  readonly onBug: (error: unknown) => void
}

/** What went wrong, and the text that its place counts in. */
export interface RequestFailure { readonly diagnostic: Diagnostic; readonly statement: string }

/** Runs one piece of work that a cancel request, a timeout or the end of the connection stops. */
export async function interruptibly<T>(conversation: Conversation, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  conversation.running = controller
  const own = timeoutOf(conversation.session.settings, 'statement_timeout')
  const limit = own === 0 ? conversation.statementMilliseconds : Math.min(own, conversation.statementMilliseconds)
  const timer = setTimeout(() => controller.abort(messages['statement-timeout']({})), limit)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    if (conversation.running === controller) conversation.running = undefined
  }
}
