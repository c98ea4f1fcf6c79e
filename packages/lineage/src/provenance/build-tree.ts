// Nodes as the parser makes them, and small questions to them.

import { isNode } from '@tulle/sql'
import type { TreeNode, TreeValue } from '@tulle/sql'
import { nodesOf, textOf, textsOf } from '../statement/node.ts'
import { OUTER } from './types.ts'

export const column = (names: readonly string[]): TreeNode => ({ class: 'COLUMN_REF', type: 'COLUMN_REF', alias: '', column_names: names })

export const star = (relation: string): TreeNode => ({ class: 'STAR', type: 'STAR', alias: '', relation_name: relation, exclude_list: [], replace_list: [], columns: false, expr: null, qualified_exclude_list: [], rename_list: [] })

const TRUE: TreeNode = { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value: { type: { id: 'BOOLEAN', type_info: null }, is_null: false, value: true } }

export const call = (name: string, children: readonly TreeNode[]): TreeNode => ({ class: 'FUNCTION', type: 'FUNCTION', alias: '', function_name: name, schema: '', catalog: '', children, filter: null, order_bys: { type: 'ORDER_MODIFIER', orders: [] }, distinct: false, is_operator: false, export_state: false })

/** Rows are compared so that NULL equals NULL; one value alone is no row, so it gets company. */
export const row = (values: readonly TreeNode[]): TreeNode => call('row', [...values.map((one) => ({ ...one, alias: '' })), ...(values.length === 1 ? [TRUE] : [])])

/** `value IN (query)`. */
export const among = (value: TreeNode, query: TreeNode): TreeNode => ({ class: 'SUBQUERY', type: 'SUBQUERY', alias: '', subquery_type: 'ANY', comparison_type: 'COMPARE_EQUAL', child: value, subquery: { node: query, named_param_map: [] } })

export const scalar = (query: TreeNode): TreeNode => ({ class: 'SUBQUERY', type: 'SUBQUERY', alias: '', subquery_type: 'SCALAR', comparison_type: 'INVALID', child: null, subquery: { node: query, named_param_map: [] } })

/** `EXISTS (query)`. */
export const exists = (query: TreeNode): TreeNode => ({ class: 'SUBQUERY', type: 'SUBQUERY', alias: '', subquery_type: 'EXISTS', comparison_type: 'INVALID', child: null, subquery: { node: query, named_param_map: [] } })

export const compare = (type: string, left: TreeNode, right: TreeNode): TreeNode => ({ class: 'COMPARISON', type, alias: '', left, right })

const conjunction = (type: string, all: readonly TreeNode[]): TreeNode | undefined => (all.length > 1 ? { class: 'CONJUNCTION', type, alias: '', children: all } : all[0])
export const and = (all: readonly TreeNode[]): TreeNode | undefined => conjunction('CONJUNCTION_AND', all)
export const or = (all: readonly TreeNode[]): TreeNode | undefined => conjunction('CONJUNCTION_OR', all)

export const conjuncts = (node: TreeNode | undefined): readonly TreeNode[] => (node === undefined ? [] : node['type'] === 'CONJUNCTION_AND' ? nodesOf(node['children']).flatMap(conjuncts) : [node])

export const join = (left: TreeNode, right: TreeNode): TreeNode => ({ type: 'JOIN', alias: '', sample: null, left, right, condition: null, join_type: 'INNER', ref_type: 'CROSS', using_columns: [], delim_flipped: false, duplicate_eliminated_columns: [] })

export const cross = (froms: readonly TreeNode[]): TreeNode => (froms.length === 0 ? { type: 'EMPTY', alias: '', sample: null } : froms.slice(1).reduce(join, froms[0] as TreeNode))

export const derived = (node: TreeNode, alias: string): TreeNode => ({ type: 'SUBQUERY', alias, sample: null, subquery: { node, named_param_map: [] }, column_name_alias: [] })

export const selectOf = (list: readonly TreeNode[], from: TreeNode, where: readonly TreeNode[]): TreeNode => ({
  type: 'SELECT_NODE', modifiers: [], cte_map: { map: [] }, select_list: list, from_table: from, where_clause: and(where) ?? null,
  group_expressions: [], group_sets: [], aggregate_handling: 'STANDARD_HANDLING', having: null, sample: null, qualify: null,
})

/** Whether a node of that class or type stands in it, queries within left out if so asked. */
export function has(value: TreeValue | undefined, kind: string, skipQueries = false): boolean {
  if (Array.isArray(value)) return (value as readonly TreeValue[]).some((one) => has(one, kind, skipQueries))
  if (!isNode(value)) return false
  if (value['class'] === kind || value['type'] === kind) return true
  return (!skipQueries || value['class'] !== 'SUBQUERY') && Object.values(value).some((one) => has(one, kind, skipQueries))
}

export const calls = (value: TreeValue | undefined, name: string): boolean => {
  if (Array.isArray(value)) return (value as readonly TreeValue[]).some((one) => calls(one, name))
  if (!isNode(value) || value['class'] === 'SUBQUERY') return false
  return (value['class'] === 'FUNCTION' && textOf(value['function_name']).toLowerCase() === name) || Object.values(value).some((one) => calls(one, name))
}

/** Every node of it, queries within too. */
export function* everyNode(value: TreeValue | undefined): Generator<TreeNode> {
  if (Array.isArray(value)) for (const one of value as readonly TreeValue[]) yield* everyNode(one)
  if (!isNode(value)) return
  yield value
  for (const one of Object.values(value)) yield* everyNode(one)
}

/** The relations whose columns it names, those of queries within too. */
export function relationsIn(value: TreeValue | undefined): ReadonlySet<string> {
  const found = new Set<string>()
  for (const node of everyNode(value)) if (node['class'] === 'COLUMN_REF') found.add(textsOf(node['column_names'])[0] ?? '')
  // The row that is asked about stands around everything, as a constant does.
  found.delete(OUTER)
  return found
}

/** What it is but for its name. */
const shapeOf = (node: TreeNode): string => JSON.stringify(node, (key, value: unknown) => (key === 'alias' || key === 'query_location' ? undefined : value))
export const isSameTree = (a: TreeNode, b: TreeNode): boolean => shapeOf(a) === shapeOf(b)

/** The tree with some nodes replaced; what stays is the same object, so that what is known of it still is. */
export function replaced(value: TreeValue, by: (node: TreeNode) => TreeNode | undefined): TreeValue {
  if (Array.isArray(value)) {
    const list = (value as readonly TreeValue[]).map((one) => replaced(one, by))
    return list.every((one, i) => one === (value as readonly TreeValue[])[i]) ? value : list
  }
  if (!isNode(value)) return value
  const other = by(value)
  if (other !== undefined) return other
  const entries = Object.entries(value).map(([member, one]) => [member, one === undefined ? undefined : replaced(one, by)] as const)
  return entries.every(([member, one]) => one === value[member]) ? value : Object.fromEntries(entries)
}
