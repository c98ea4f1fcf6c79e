// What policies in grace would have done to a statement, told beside its rows: whoever meets such a policy hears of it before it
// is enforced.

import type { Conversation } from './interruptible.ts'
import type { Statement } from './types.ts'
import { noticeResponse } from './replies.ts'

/** Levels of `client_min_messages` at which notices are no longer wanted. */
const QUIET: ReadonlySet<string> = new Set(['warning', 'error', 'fatal', 'panic'])

export function tellNotices({ session, wire }: Pick<Conversation, 'session' | 'wire'>, { reads = [] }: Pick<Statement, 'reads'>): void {
  const level = session.settings.show('client_min_messages')
  if (level.ok && QUIET.has(level.value.toLowerCase())) return
  for (const message of new Set(reads.flatMap(({ notices = [] }) => notices))) wire.send(noticeResponse({ severity: 'NOTICE', sqlstate: '00000', message }))
}
