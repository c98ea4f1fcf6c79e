// A condition that somebody wrote, held to the same gate as a statement. It is put between parentheses of ours, so it must
// be one expression and nothing that closes them.

import type { Result } from '@tulle/kernel'
import { fail } from '@tulle/kernel'
import type { EngineProcess, Relation } from '@tulle/engine'
import { ALLOWED_FUNCTIONS, checkStatement, checkText } from '@tulle/sql'
import { messages } from './messages.ts'
import { sqlName } from './row-work.ts'

export interface CheckedPredicate {
  /** As it may stand in a WHERE of the relation, which is called `t` there. */
  readonly where: string
  /** It may look at the row as a whole, so that its answer depends on what columns there are. */
  readonly namesRow: boolean
}

export async function checkPredicate(process: EngineProcess, relation: Pick<Relation, 'schema' | 'name'>, predicate: string): Promise<Result<CheckedPredicate>> {
  const text = checkText(predicate)
  if (!text.ok) return text
  const alone = await process.parse(`SELECT ${predicate}\n`)
  if (!alone.ok) return alone
  if (!isOneExpression(alone.value.statements)) return fail(messages['predicate-not-one-condition']({}))
  const condition = `(${predicate}\n)`
  const whole = await process.parse(`SELECT count(*) FROM ${sqlName(relation)} AS t WHERE ${condition}`)
  if (!whole.ok) return whole
  const [schema, name] = [relation.schema.toLowerCase(), relation.name.toLowerCase()]
  const checked = checkStatement(whole.value, { functions: ALLOWED_FUNCTIONS, tables: (of, table) => of === schema && table === name })
  return checked.ok ? { ok: true, value: { where: condition, namesRow: namesRow(alone.value.statements) }, diagnostics: checked.diagnostics } : checked
}

/** True where a `*` or `COLUMNS(…)` stands anywhere, or the name of the relation by itself. */
function namesRow(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(namesRow)
  if (typeof value !== 'object' || value === null) return false
  const { class: kind, column_names: names } = value as { readonly class?: unknown; readonly column_names?: unknown }
  if (kind === 'STAR' || (kind === 'COLUMN_REF' && Array.isArray(names) && names.length === 1 && String(names[0]).toLowerCase() === 't')) return true
  return Object.values(value).some(namesRow)
}

/** True for a SELECT of one value without a name, a source, or anything else. */
function isOneExpression(statements: readonly unknown[]): boolean {
  const [statement] = statements as readonly { readonly node?: Readonly<Record<string, unknown>> }[]
  const node = statement?.node
  if (statements.length !== 1 || node === undefined || node['type'] !== 'SELECT_NODE') return false
  const list = node['select_list'] as readonly { readonly alias?: unknown; readonly class?: unknown }[]
  const isNothing = (member: string): boolean => node[member] === null || node[member] === undefined || (Array.isArray(node[member]) && node[member].length === 0)
  return list.length === 1 && list[0]?.alias === '' && list[0].class !== 'STAR' && (node['from_table'] as { readonly type?: unknown } | null)?.type === 'EMPTY'
    && ['modifiers', 'where_clause', 'group_expressions', 'group_sets', 'having', 'qualify', 'sample'].every(isNothing)
}
