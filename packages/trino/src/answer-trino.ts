// A question of Trino's to its answer, by the policy of this moment. Whatever cannot be told is denied: no, no rows, no value.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Judged, Judging } from './judge.ts'
import { isListing, isOwn, judge, nameOf, no, yes } from './judge.ts'
import { messages } from './messages.ts'
import { readInput } from './read-input.ts'
import { NO_VALUE, NOTHING, POLICY_IDENTITY, trinoView } from './trino-view.ts'
import type { TrinoView, ViewExpression } from './trino-view.ts'
import type { Question, TableName, TrinoAuthority, TrinoInput, TrinoResource } from './types.ts'

/** Answers `{result: …}`, as OPA does. A body that is no question fails: Trino then fails the query. */
export async function answerTrino(authority: TrinoAuthority, question: Question, body: unknown): Promise<Result<{ readonly result: Json }>> {
  const input = readInput(body)
  if (!input.ok) return input
  const answer = await ANSWERS[question](await asked(authority, input.value))
  return answer.ok ? ok({ result: answer.value }) : answer
}

interface Asked {
  readonly authority: TrinoAuthority
  readonly input: TrinoInput
  /** In whose name; or why nobody's. */
  readonly judging: Judging | { readonly nobody: string }
}

async function asked(authority: TrinoAuthority, input: TrinoInput): Promise<Asked> {
  const [, suffix] = /^[^+]*\+(.*)$/su.exec(input.user) ?? []
  if (suffix !== undefined && input.purpose !== undefined && suffix !== input.purpose) return { authority, input, judging: { nobody: 'Two purposes are named.' } }
  const asker = await authority.asker(nameOf(input.user), suffix ?? input.purpose)
  return { authority, input, judging: asker.ok ? { asker: asker.value, catalog: authority.catalog, user: input.user } : { nobody: asker.diagnostics.map((one) => one.message).join(' ') } }
}

type Answer = (asked: Asked) => Promise<Result<Json>>

const allow: Answer = async (asked) => {
  const { authority, input: { user, operation, resource, queryId } } = asked
  const judged = await judgeOne(asked, resource)
  if (!isTold(asked, judged)) return ok(judged.allowed)
  const { table } = resource
  const recorded = await authority.record({
    user, operation, allowed: judged.allowed, reasons: judged.allowed ? [] : [judged.reason],
    ...(queryId !== undefined && { queryId }),
    ...('asker' in asked.judging && { asker: asked.judging.asker }),
    ...(table !== undefined && { table: { ...table, columns: table.columns ?? [] } }),
    ...(judged.seen !== undefined && { seen: judged.seen }),
  })
  return recorded.ok ? ok(judged.allowed) : recorded
}

/** Of reads a line each, and of what was refused; lists of what there is are no reads. */
const isTold = ({ input, authority }: Asked, judged: Judged): boolean =>
  input.user !== POLICY_IDENTITY && !isListing(input) && (!judged.allowed || (input.operation === 'SelectFromColumns' && input.resource.table !== undefined && !isOwn(input.resource.table, authority.catalog)))

async function judgeOne({ judging, input: { user, operation }, authority }: Asked, resource: TrinoResource): Promise<Judged> {
  // Expressions of ours may ask for any column; nobody runs a query by this name.
  if (user === POLICY_IDENTITY) return operation === 'SelectFromColumns' && resource.table?.catalog === authority.catalog ? yes : no('This is nobody.')
  return 'nobody' in judging ? no(judging.nobody) : judge(operation, resource, judging)
}

const batch: Answer = async (asked) => {
  const { input: { operation, resources } } = asked
  if (!isListing(asked.input)) return fail(messages['trino-question-invalid']({ problem: 'a list is asked for by Filter… alone' }))
  const each = operation === 'FilterColumns' ? columnsOf(resources) : resources
  if (each === undefined) return fail(messages['trino-question-invalid']({ problem: 'columns are those of one table' }))
  const indices: number[] = []
  for (const [i, resource] of each.entries()) if ((await judgeOne(asked, resource)).allowed) indices.push(i)
  return ok(indices)
}

/** Columns come as one table with many, and are counted one by one. */
function columnsOf([only, ...more]: readonly TrinoResource[]): readonly TrinoResource[] | undefined {
  const table = only?.table
  if (more.length > 0 || (only !== undefined && table === undefined)) return undefined
  return table === undefined ? [] : (table.columns ?? []).map((column) => ({ table: { ...table, columns: [column] } }))
}

/** What is seen of a table; undefined: nothing. Of what Trino says of itself, everything. */
async function viewOf({ judging, authority }: Asked, table: TableName): Promise<TrinoView | 'all' | undefined> {
  if ('nobody' in judging) return undefined
  if (isOwn(table, authority.catalog)) return 'all'
  const seen = table.catalog === authority.catalog ? await judging.asker.table(table.schema, table.table) : undefined
  const view = seen?.ok === true ? trinoView(seen.value) : undefined
  return view === undefined || 'closed' in view ? undefined : view
}

const rowFilters: Answer = async (asked) => {
  const { operation, resource: { table } } = asked.input
  if (operation !== 'GetRowFilters' || table === undefined) return fail(messages['trino-question-invalid']({ problem: 'row filters are those of a table' }))
  const view = await viewOf(asked, table)
  if (view === 'all') return ok([])
  return ok(view === undefined ? [toJson(NOTHING)] : view.filter === undefined ? [] : [toJson(view.filter)])
}

/** Undefined: as it is. */
function maskOf(view: TrinoView | 'all' | undefined, column: string): ViewExpression | undefined {
  if (view === 'all') return undefined
  const shown = view?.columns.get(column)
  return shown === undefined ? NO_VALUE : shown.mask
}

const columnMask: Answer = async (asked) => {
  const { operation, resource: { column } } = asked.input
  if (operation !== 'GetColumnMask' || column === undefined) return fail(messages['trino-question-invalid']({ problem: 'a mask is that of a column' }))
  const mask = maskOf(await viewOf(asked, column), column.column)
  return ok(mask === undefined ? null : toJson(mask))
}

const batchColumnMasks: Answer = async (asked) => {
  const { operation, resources } = asked.input
  if (operation !== 'GetColumnMask' || resources.some(({ column }) => column === undefined)) return fail(messages['trino-question-invalid']({ problem: 'masks are those of columns' }))
  const views = new Map<string, TrinoView | 'all' | undefined>()
  const masks: Json[] = []
  for (const [index, { column }] of resources.entries()) {
    if (column === undefined) continue
    const key = JSON.stringify([column.catalog, column.schema, column.table])
    if (!views.has(key)) views.set(key, await viewOf(asked, column))
    const mask = maskOf(views.get(key), column.column)
    if (mask !== undefined) masks.push({ index, viewExpression: toJson(mask) })
  }
  return ok(masks)
}

const toJson = ({ expression, identity }: ViewExpression): Json => ({ expression, ...(identity !== undefined && { identity }) })

const ANSWERS: Readonly<Record<Question, Answer>> = { allow, batch, rowFilters, columnMask, batchColumnMasks }
