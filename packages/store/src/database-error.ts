// Turns an error of a database client into a diagnostic. Takes only its code and its first line, never a password, a statement or a value of a row.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from './messages.ts'
import type { Connection } from './types.ts'

export interface Where { readonly where: string; readonly user: string; readonly database: string }

/** The diagnostic for an error of `pg`, of the network below it, or of the address. */
export function explainDatabaseError(error: unknown, target: Where | Connection): Diagnostic {
  const { user, database } = target
  const where = 'where' in target ? target.where : target.host.startsWith('/') ? target.host : `${target.host}:${target.port}`
  const { code, message, errors } = error as { code?: string; message?: string; errors?: readonly { code?: string }[] }
  const state = code ?? errors?.[0]?.code ?? ''
  switch (state) {
    case '28000':
    case '28P01':
      return messages['database-sign-in-refused']({ where, user })
    case '3D000':
      return messages['database-missing']({ where, database })
    case '53100':
      return messages['disk-full']({ where: `the database at ${where}` })
    case '53300':
      return messages['database-busy']({ where })
    default:
  }
  const reason = firstLine(message ?? '')
  if (/^[0-9A-Z]{5}$/u.test(state) && !state.startsWith('08') && !state.startsWith('57P')) return messages['database-refused']({ where, state, reason })
  return messages['database-unreachable']({ where, reason: state === '' ? reason || 'no answer' : (PLAIN[state] ?? state) })
}

const PLAIN: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'no answer in time',
  ENOENT: 'its socket does not exist',
  EACCES: 'its socket may not be opened by this user',
  ECONNRESET: 'the connection was cut',
  '57P03': 'it is starting or stopping',
}

const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').slice(0, 300).replace(/\.$/u, '')

/** True for errors after which the same work may succeed on a new connection: the server went away, or chose this transaction to give way. */
export function isTransient(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  if (code !== undefined) return /^(?:08|57P0|40001|40P01|53300|ECONN|EPIPE|ENOENT|ETIMEDOUT)/u.test(code)
  return /Connection terminated|not queryable|timeout exceeded when trying to connect|Client has encountered a connection error/u.test(message ?? '')
}
