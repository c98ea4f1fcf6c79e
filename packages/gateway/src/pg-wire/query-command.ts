// Turns a command that leads a query in into a statement: COPY, PREPARE, EXECUTE, EXPLAIN. The query itself is understood
// like any other, and decided as often.

import type { Result } from '@tulle/kernel'
import { fail, ok, unreachable } from '@tulle/kernel'
import type { Command, InnerQuery } from '../command.ts'
import type { Session } from './session.ts'
import type { Answer, Statement } from './types.ts'
import { messages } from '../messages.ts'
import { foreignDiagnostic } from '../sqlstate.ts'
import { copyOut } from './copy-out.ts'
import { dataRowValues } from './data-rows.ts'
import { explainAsJson, explainAsText } from './explain.ts'
import { saidOfWhole } from './inner-query.ts'
import { literalValues } from './literal-values.ts'
import { oidOf } from './parameters.ts'
import { heldTable } from './held-table.ts'

export type QueryCommand = Extract<Command, { kind: 'copy' | 'prepare' | 'execute' | 'explain' }>

export interface CommandOptions {
  readonly session: Session
  /** Understands a query that stands within a command. */
  readonly understand: (query: string, parameterTypes?: readonly number[]) => Promise<Result<Statement>>
}

export async function queryCommand(text: string, command: QueryCommand, options: CommandOptions): Promise<Result<Statement>> {
  const inner = async (query: InnerQuery, parameterTypes?: readonly number[]): Promise<Result<Statement & Required<Pick<Statement, 'fields'>>>> => {
    const understood = saidOfWhole(await options.understand(query.text, parameterTypes), query, text)
    if (!understood.ok) return understood
    return understood.value.fields === undefined ? fail(messages['unsupported-statement']({ verb: `${command.kind.toUpperCase()} of this statement` })) : ok(understood.value as Statement & Required<Pick<Statement, 'fields'>>)
  }
  switch (command.kind) {
    case 'copy': {
      const query = await inner(command.query, [])
      if (!query.ok) return query
      if (query.value.parameterTypes.length > 0) return fail(foreignDiagnostic('42P02', 'there is no parameter $1'))
      return ok({ text, parameterTypes: [], endsTransaction: false, run: async (_, signal) => saidOfWhole(await copyOut(query.value, command.options, signal), command.query, text) })
    }
    case 'prepare':
      return ok({ text, parameterTypes: [], endsTransaction: false, run: () => prepare(options.session, command, inner) })
    case 'execute': {
      const { session } = options
      const known = session.statements.get(command.name)
      if (known === undefined) return fail(messages['unknown-prepared-statement']({ name: command.name }))
      return ok({ ...withoutCopy(known), text, parameterTypes: [], run: (binding, signal) => execute(command, options, binding.resultFormats, signal) })
    }
    case 'explain': {
      const query = await inner(command.query)
      if (!query.ok) return query
      return ok({ ...heldTable(text, 'EXPLAIN', [{ name: 'QUERY PLAN', type: command.format === 'json' ? JSON_TYPE : TEXT }], () => explain(command, options.session, inner)), parameterTypes: query.value.parameterTypes })
    }
    default:
      return unreachable(command)
  }
}

const TEXT = { oid: 25, size: -1, modifier: -1 }
const JSON_TYPE = { oid: 114, size: -1, modifier: -1 }

type Inner = (query: InnerQuery, parameterTypes?: readonly number[]) => Promise<Result<Statement & Required<Pick<Statement, 'fields'>>>>

async function prepare(session: Session, { name, types, query }: QueryCommand & { kind: 'prepare' }, inner: Inner): Promise<Result<Answer>> {
  if (session.statements.has(name)) return fail(messages['duplicate-prepared-statement']({ name }))
  const room = session.room()
  if (!room.ok) return room
  const unknown = types.find((type) => oidOf(type) === undefined)
  if (unknown !== undefined) return fail(foreignDiagnostic('42704', `type "${unknown.slice(0, 60)}" does not exist`))
  const prepared = await inner(query, types.map((type) => oidOf(type) ?? 0))
  if (!prepared.ok) return prepared
  session.statements.set(name, prepared.value)
  return ok({ kind: 'done', tag: 'PREPARE', reported: [] })
}

async function execute({ name, values }: QueryCommand & { kind: 'execute' }, { session, understand }: CommandOptions, resultFormats: Parameters<Statement['run']>[0]['resultFormats'], signal: AbortSignal): Promise<Result<Answer>> {
  const statement = session.statements.get(name)
  if (statement === undefined) return fail(messages['unknown-prepared-statement']({ name }))
  const given = await valuesOf(values, understand, signal)
  if (!given.ok) return given
  if (given.value.length !== statement.parameterTypes.length) {
    return fail(foreignDiagnostic('42601', `wrong number of parameters for prepared statement "${name}"`, { help: `Expected ${statement.parameterTypes.length} parameters but got ${given.value.length}.` }))
  }
  return saidOfWhole(await statement.run({ values: given.value, formats: [0], resultFormats }, signal), NOWHERE, '')
}

const NOWHERE: InnerQuery = { text: '' }

// Anything but plain literals is an expression, and expressions are for the engine behind the gate.
async function valuesOf(values: string, understand: CommandOptions['understand'], signal: AbortSignal): Promise<Result<readonly (Buffer | null)[]>> {
  const plain = literalValues(values)
  if (plain !== undefined) return ok(plain)
  const query = saidOfWhole(await understand(`SELECT ${values}`), NOWHERE, '')
  if (!query.ok) return query
  const answer = await query.value.run({ values: [], formats: [], resultFormats: [] }, signal)
  if (!answer.ok || answer.value.kind !== 'rows') return answer.ok ? ok([]) : answer
  const batch = await answer.value.rows.fetch(1, signal)
  await answer.value.rows.close()
  if (!batch.ok) return batch
  const [row = []] = dataRowValues(batch.value.bytes)
  return ok(row.map((value) => (value === null ? null : Buffer.from(value))))
}

// Understood anew: what the asker sees may have changed since.
async function explain({ query, format }: QueryCommand & { kind: 'explain' }, session: Session, inner: Inner): Promise<Result<readonly (readonly string[])[]>> {
  const asked = await session.who()
  if (!asked.ok) return asked
  const now = await inner(query)
  if (!now.ok) return now
  const explained = { purpose: asked.value.purpose, fields: now.value.fields, tables: now.value.reads ?? [] }
  return ok(format === 'json' ? [[explainAsJson(explained)]] : explainAsText(explained).map((line) => [line]))
}

function withoutCopy(statement: Statement): Statement {
  const { copy: _, ...rest } = statement
  return rest
}
