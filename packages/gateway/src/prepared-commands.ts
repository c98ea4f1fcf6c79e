// PREPARE, EXECUTE and EXPLAIN: tokens → command.

import { fail, ok } from '@tulle/kernel'
import type { ReadCommand, Words } from './command-words.ts'
import { foreignDiagnostic } from './sqlstate.ts'
import { wordsOf } from './command-words.ts'

export const readPrepare: ReadCommand = (words, statement) => {
  const name = words.name()
  if (name === undefined) return words.error()
  if (words.skip('transaction')) return fail(foreignDiagnostic('0A000', 'PREPARE TRANSACTION is not offered on this port.'))
  const listed = words.inner()
  const types = listed === undefined ? [] : readTypes(wordsOf(listed.tokens))
  if (types === undefined || !words.skip('as')) return words.error()
  const start = words.position()
  return start === undefined ? words.error() : ok({ kind: 'prepare', name, types, query: { text: statement.text.slice(start), start } })
}

/** `numeric(9,2)`, `double precision`, `timestamp with time zone`, `int[]`: as words, without what stands in parentheses. */
function readTypes(words: Words): readonly string[] | undefined {
  const types: string[] = []
  do {
    const parts: string[] = []
    for (let part = words.name(true); part !== undefined; part = words.name(true)) {
      parts.push(part.replace(/^pg_catalog\./u, ''))
      words.inner()
    }
    const isArray = words.symbol('[')
    while (words.number() !== undefined || words.symbol(']') || words.symbol('['));
    if (parts.length === 0) return undefined
    types.push(`${parts.join(' ')}${isArray ? '[]' : ''}`)
  } while (words.symbol(','))
  return words.left() === 0 ? types : undefined
}

export const readExecute: ReadCommand = (words, statement) => {
  const name = words.name()
  if (name === undefined) return words.error()
  const given = words.inner()
  if (words.left() > 0) return words.error()
  if (given?.tokens.some(({ kind, value }) => kind === 'word' && value === 'select') === true) return fail(foreignDiagnostic('0A000', 'cannot use subquery in EXECUTE parameter'))
  if (given?.tokens.some(({ kind }) => kind === 'parameter') === true) return fail(foreignDiagnostic('42P02', 'there is no parameter in an EXECUTE'))
  return ok({ kind: 'execute', name, values: given === undefined ? '' : statement.text.slice(given.start, given.end) })
}

// What an option of EXPLAIN would add (costs, buffers, times) is of the engine's work on rows, which tells of hidden ones.
export const readExplain: ReadCommand = (words, statement) => {
  let format = 'text'
  const options = words.inner()
  if (options !== undefined) {
    const listed = wordsOf(options.tokens)
    do {
      const option = listed.word()
      const value = listed.word() ?? listed.string() ?? listed.number()?.toString() ?? 'true'
      if (option === undefined) return listed.error()
      if (option === 'analyze' && !['false', 'off', '0'].includes(value)) return fail(ANALYZE)
      if (option === 'format') format = value.toLowerCase()
      else if (!['analyze', 'verbose', 'costs', 'settings', 'generic_plan', 'buffers', 'serialize', 'wal', 'timing', 'summary', 'memory'].includes(option)) return fail(foreignDiagnostic('42601', `unrecognized EXPLAIN option "${option.slice(0, 60)}"`))
    } while (listed.symbol(','))
    if (listed.left() > 0) return listed.error()
  } else {
    if (words.skip('analyze')) return fail(ANALYZE)
    words.skip('verbose')
  }
  if (format !== 'text' && format !== 'json') return fail(foreignDiagnostic('22023', `unrecognized value for EXPLAIN option "format": "${format.slice(0, 60)}"`, { help: 'This port explains in text and json.' }))
  const start = words.position()
  return start === undefined ? words.error() : ok({ kind: 'explain', format, query: { text: statement.text.slice(start), start } })
}

const ANALYZE = foreignDiagnostic('0A000', 'EXPLAIN ANALYZE is not offered on this port.', { help: 'Its figures would tell of rows that you may not see. EXPLAIN says what is read, and under which decision.' })
