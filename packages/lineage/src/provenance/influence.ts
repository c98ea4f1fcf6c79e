// A model and a condition on rows of a table that it reads to one query for the rows of its result that those rows had a part in: a row
// had a part in each row whose provenance it is among. So each row of the result is asked for its provenance, by the same machinery as a
// row that somebody picked, and kept where a row that is meant is there. What cannot be narrowed is refused with a code. Pure.

import type { Tree, TreeNode, TreeValue } from '@tulle/sql'
import { isNode } from '@tulle/sql'
import { nodeOf, textsOf } from '../statement/node.ts'
import { and, column, compare, exists, has, selectOf, star } from './build-tree.ts'
import type { Condition } from './demand.ts'
import { influenceByKeys, isAmong } from './influence-by-keys.ts'
import { narrowTo } from './narrow.ts'
import type { Narrowed } from './narrow.ts'
import { OUTER, Refused } from './types.ts'
import type { Influencing, NarrowOptions } from './types.ts'

/** The other way: one query for the rows of a model's result that rows of one of its tables had a part in. */
export function influence(model: Tree, asked: Influencing, options: NarrowOptions): Narrowed {
  const { table, condition, output, version, by } = asked
  if (has(condition, 'SUBQUERY')) return { kind: 'refused', code: 'condition-asks-a-query', why: 'the condition asks a query' }
  const top = nodeOf(model.statements[0]?.['node'])
  const byKeys = top === undefined || model.statements.length !== 1 ? undefined : influenceByKeys(top, asked, options)
  if (byKeys !== undefined) return { kind: 'narrowed', reads: [{ table: output, statement: byKeys }] }
  const narrowed = narrowTo(model, (names) => names.filter((name) => isAmong(by, name)).map(asTheRow), options)
  if (narrowed.kind === 'refused') return narrowed
  const read = narrowed.reads.find((one) => one.table.schema === table.schema && one.table.name === table.name)
  if (read === undefined) return { kind: 'refused', code: 'unknown-columns', why: 'it does not read the table' }
  const from: TreeNode = { ...named(output.name), schema_name: output.schema, at_clause: version === undefined ? null : { unit: 'VERSION', expr: { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: version } } } }
  const kept = (statement: TreeNode, of = from): TreeNode => selectOf([star(OUTER)], of, [exists(meant(statement, condition))])
  const { alone } = read
  // What conditions on the table alone leave is asked first: whole provenances are then those of few rows.
  const first = alone === undefined || alone.isAll ? undefined : kept(alone.statement)
  const whole = first === undefined ? kept(read.statement) : { ...kept(read.statement, named(OUTER)), cte_map: withQuery(OUTER, first) }
  return { kind: 'narrowed', reads: [{ table: output, statement: statementOf(whole), ...(alone !== undefined && { alone: { ...alone, statement: statementOf(kept(alone.statement)) } }) }] }
}

const statementOf = (node: TreeNode): TreeNode => ({ node, named_param_map: [] })

const named = (table: string): TreeNode => ({ type: 'BASE_TABLE', alias: OUTER, sample: null, schema_name: '', table_name: table, column_name_alias: [], catalog_name: '', at_clause: null })

const withQuery = (key: string, node: TreeNode): TreeNode => ({ map: [{ key, value: { aliases: [], query: statementOf(node), materialized: 'CTE_MATERIALIZE_ALWAYS', key_targets: [] } }] })

/** NULL equal to NULL. */
const asTheRow = (name: string): Condition => ({ columns: [name], build: (valueOf) => compare('COMPARE_NOT_DISTINCT_FROM', valueOf(name), column([OUTER, name])) })

/** Of the rows that a query names, those that are meant. */
function meant(statement: TreeNode, condition: TreeNode): TreeNode {
  const node = statement['node']
  if (!isNode(node)) throw new Refused('unread-form', 'it is no query')
  return { ...node, where_clause: and([...(isNode(node['where_clause']) ? [node['where_clause']] : []), ofTheRead(condition)]) ?? null }
}

/** Every column of a condition as one of the table. */
function ofTheRead(node: TreeNode): TreeNode {
  const within = (value: TreeValue): TreeValue => (Array.isArray(value) ? (value as readonly TreeValue[]).map(within) : isNode(value) ? ofTheRead(value) : value)
  if (node['class'] === 'COLUMN_REF') return column(['read', textsOf(node['column_names']).at(-1) ?? ''])
  return Object.fromEntries(Object.entries(node).map(([member, value]) => [member, value === undefined ? null : within(value)]))
}
