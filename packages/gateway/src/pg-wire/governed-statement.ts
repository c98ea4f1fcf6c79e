// A governed statement as the protocol sees it: types as PostgreSQL names them, values in and rows out in its formats.

import type { Result } from '@tulle/kernel'
import type { Parameter, RowEncoding } from '@tulle/engine'
import { pgTypeOf } from '@tulle/engine'
import { fail, ok } from '@tulle/kernel'
import type { GovernedRows, GovernedStatement, Governor, StatementText, Who } from '../types.ts'
import type { Statement, WireField } from './types.ts'
import { messages } from '../messages.ts'
import { withEngineCasts } from './engine-casts.ts'
import { withFormatCalls } from './format-calls.ts'
import { readParameters } from './parameters.ts'
import { typedTexts, withCasts } from './typed-parameters.ts'
import { formatsFor } from './types.ts'

/** Prepares a query; `parameterTypes` are those that the client declared, 0 where it leaves them to us. */
export async function governedStatement(governor: Governor, who: Who, statement: StatementText, parameterTypes: readonly number[], signal?: AbortSignal): Promise<Result<Statement>> {
  const rewritten = withFormatCalls(withEngineCasts(statement))
  const cast = await prepareTyped(governor, who, rewritten, parameterTypes, signal)
  // What is wrong is said of the text that the client wrote.
  const prepared = cast.ok || rewritten === statement ? cast : await prepareTyped(governor, who, statement, parameterTypes, signal)
  if (!prepared.ok) return prepared
  const governed = prepared.value
  const fields: readonly WireField[] = governed.columns.map(({ name, type }) => ({ name, type: wireTypeOf(type) }))
  const types = governed.parameterTypes.map((type, i) => parameterTypes[i] || pgTypeOf(type).oid)
  const open = async (parameters: readonly Parameter[], encoding: RowEncoding, signal: AbortSignal): Promise<Result<GovernedRows>> => {
    const opened = await governed.open({ parameters, encoding, signal })
    if (!opened.ok) return opened
    const rows = opened.value
    const same = rows.columns.length === fields.length && rows.columns.every((column, i) => pgTypeOf(column.type).oid === fields[i]?.type.oid)
    if (same) return opened
    await rows.close()
    return fail(messages['result-changed']({}))
  }
  return ok({
    text: statement.text,
    parameterTypes: types,
    fields,
    endsTransaction: false,
    reads: governed.tables,
    async run(binding, signal) {
      const parameters = readParameters({ values: binding.values, formats: binding.formats, types })
      if (!parameters.ok) return parameters
      const rows = await open(parameters.value, { kind: 'pgwire', formats: formatsFor(binding.resultFormats, fields.length) }, signal)
      return rows.ok ? ok({ kind: 'rows', verb: 'SELECT', rows: rows.value }) : rows
    },
    copy: (form, signal) => open([], { kind: 'copy', form }, signal),
  })
}

const UNKNOWN = 'UNKNOWN'

// Where the engine cannot tell a parameter's type it guesses those of the result, and another when values come. So, as
// PostgreSQL does, an unknown parameter is what the client declared, else what its neighbour is, else text. What is
// prepared then passes the gate anew.
async function prepareTyped(governor: Governor, who: Who, statement: StatementText, declared: readonly number[], signal?: AbortSignal): Promise<Result<GovernedStatement>> {
  const first = await governor.prepare(who, statement.text, 'sql', signal)
  if (!first.ok || !first.value.parameterTypes.includes(UNKNOWN)) return first
  const unknown = new Set(first.value.parameterTypes.flatMap((type, i) => (type === UNKNOWN ? [String(i + 1)] : [])))
  for (const text of typedTexts(statement, unknown, declared)) {
    const typed = await governor.prepare(who, text, 'sql', signal)
    if (!typed.ok || typed.value.parameterTypes.includes(UNKNOWN)) continue
    // Written out, so that a value of another type, which text is, changes nothing.
    const { parameterTypes } = typed.value
    const settled = await governor.prepare(who, withCasts(statement, unknown, (number) => parameterTypes[number - 1] as string), 'sql', signal)
    return settled.ok ? settled : typed
  }
  return first
}

const wireTypeOf = (type: string): WireField['type'] => {
  const { oid, size, typmod } = pgTypeOf(type)
  return { oid, size, modifier: typmod }
}
