// A governed statement as the protocol sees it: types as PostgreSQL names them, values in and rows out in its formats.

import type { Result } from '@tulle/kernel'
import { pgTypeOf } from '@tulle/engine'
import { fail, ok } from '@tulle/kernel'
import type { Governor } from '../types.ts'
import type { Session } from './session.ts'
import type { Statement, WireField } from './types.ts'
import { messages } from '../messages.ts'
import { readParameters } from './parameters.ts'
import { formatsFor } from './types.ts'

/** Prepares a query; `parameterTypes` are those that the client declared, 0 where it leaves them to us. */
export async function governedStatement(governor: Governor, session: Session, text: string, parameterTypes: readonly number[]): Promise<Result<Statement>> {
  const prepared = await governor.prepare(session.who, text, 'sql')
  if (!prepared.ok) return prepared
  const governed = prepared.value
  const fields: readonly WireField[] = governed.columns.map(({ name, type }) => ({ name, type: wireTypeOf(type) }))
  const types = governed.parameterTypes.map((type, i) => parameterTypes[i] || pgTypeOf(type).oid)
  return ok({
    text,
    parameterTypes: types,
    fields,
    endsTransaction: false,
    async run(binding, signal) {
      const parameters = readParameters({ values: binding.values, formats: binding.formats, types })
      if (!parameters.ok) return parameters
      const opened = await governed.open({ parameters: parameters.value, encoding: { kind: 'pgwire', formats: formatsFor(binding.resultFormats, fields.length) }, signal })
      if (!opened.ok) return opened
      const rows = opened.value
      const same = rows.columns.length === fields.length && rows.columns.every((column, i) => pgTypeOf(column.type).oid === fields[i]?.type.oid)
      if (same) return ok({ kind: 'rows', verb: 'SELECT', rows })
      await rows.close()
      return fail(messages['result-changed']({}))
    },
  })
}

const wireTypeOf = (type: string): WireField['type'] => {
  const { oid, size, typmod } = pgTypeOf(type)
  return { oid, size, modifier: typmod }
}
