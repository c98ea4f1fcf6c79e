// Decides what a text is: a command of the session, a question to the catalogue, or a query for the gate.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Governor, StatementText } from '../types.ts'
import type { Session } from './session.ts'
import type { Introspection, Statement } from './types.ts'
import { parseCommand } from '../commands.ts'
import { messages } from '../messages.ts'
import { splitStatements } from '../statement-text.ts'
import { commandStatement } from './command-statement.ts'
import { governedStatement } from './governed-statement.ts'

export interface Doors {
  readonly governor: Governor
  /** Absent where this port answers no introspection. */
  readonly introspection?: Introspection
}

const LONGEST = 1 << 20
const MOST_STATEMENTS = 1000

/** The statements of a text. */
export function readStatements(text: string): Result<readonly StatementText[]> {
  if (text.length > LONGEST) return fail(messages['statement-too-long']({ limit: LONGEST }))
  const statements = splitStatements(text)
  if (statements.ok && statements.value.length > MOST_STATEMENTS) return fail(messages['too-many-statements']({ limit: MOST_STATEMENTS }))
  return statements
}

/** What one statement is. A failed transaction understands nothing but its end. */
export async function understand(session: Session, doors: Doors, statement: StatementText, parameterTypes: readonly number[], signal?: AbortSignal): Promise<Result<Statement>> {
  const command = parseCommand(statement)
  const failed = session.transaction.status === 'E'
  if (failed && !(command.ok && ['commit', 'rollback', 'rollback-to'].includes(command.value?.kind ?? ''))) return fail(messages['transaction-failed']({}))
  if (!command.ok) return command
  if (command.value !== undefined) {
    return commandStatement(statement.text, command.value, { session, understand: (query, types = parameterTypes) => understandOne(session, doors, query, types, signal) })
  }
  const known = await doors.introspection?.understand(session.who, statement, parameterTypes)
  if (known !== undefined && (!known.ok || known.value !== undefined)) return known as Result<Statement>
  return governedStatement(doors.governor, session.who, statement, parameterTypes, signal)
}

/** What a text is that must be one statement; undefined where it is empty. */
export async function understandOne(session: Session, doors: Doors, text: string, parameterTypes: readonly number[], signal?: AbortSignal): Promise<Result<Statement>> {
  const statements = readStatements(text)
  if (!statements.ok) return statements
  const [first, second] = statements.value
  if (second !== undefined) return fail(messages['several-statements']({}))
  return first === undefined ? ok(EMPTY) : understand(session, doors, first, parameterTypes, signal)
}

/** The statement that a text without any is. */
export const EMPTY: Statement = { text: '', parameterTypes: [], endsTransaction: true, run: async () => ok({ kind: 'done', tag: '', reported: [] }) }
