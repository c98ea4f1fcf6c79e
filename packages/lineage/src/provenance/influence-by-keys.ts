// Of a plain model (selects, joins, groups, in WITH queries too) the rows of the result that rows of a table had a part in, by what the
// result groups by: two looks at the tables, whatever their size. Where other rows decide too it says nothing, and the general way is
// gone (influence.ts). Pure.

import type { TreeNode, TreeValue } from '@tulle/sql'
import { isNode } from '@tulle/sql'
import type { TableName } from '../types.ts'
import { nameOf, nodeOf, nodesOf, textOf, textsOf } from '../statement/node.ts'
import { isAggregate } from '../statement/read-query.ts'
import { among, and, column, has, or, row, star } from './build-tree.ts'
import { Refused } from './types.ts'
import type { Influencing, NarrowOptions, Output } from './types.ts'

/** Undefined where rows cannot be told by keys alone. */
export function influenceByKeys(top: TreeNode, { version, ...asked }: Influencing, options: NarrowOptions): TreeNode | undefined {
  try {
    const influenced = new Influenced(top, { ...options, versionOf: (one) => (one.schema === asked.output.schema && one.name === asked.output.name ? version : options.versionOf(one)) })
    return influenced.rows(top, asked)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

class Influenced {
  readonly #options: NarrowOptions
  readonly #ctes = new Map<string, TreeNode>()
  readonly #cteMap: TreeValue

  constructor(top: TreeNode, options: NarrowOptions) {
    this.#options = options
    for (const entry of nodesOf(nodeOf(top['cte_map'])?.['map'])) {
      const value = nodeOf(entry['value'])
      const query = nodeOf(nodeOf(value?.['query'])?.['node'])
      if (query === undefined || textsOf(value?.['aliases']).length > 0) throw new Refused('unread-form', 'a WITH query renames its columns')
      this.#ctes.set(textOf(entry['key']).toLowerCase(), query)
    }
    this.#cteMap = this.#pinned(top['cte_map'] ?? null)
  }

  /** Rows of the output whose key is among those that the table's rows came to. */
  rows(node: TreeNode, { table, condition, output, by }: Influencing): TreeNode {
    const keys = this.#keysOf(node).filter(({ name }) => isAmong(by, name))
    if (keys.length === 0) throw new Refused('unread-form', 'no key of it is told')
    const chosen = { ...node, modifiers: [], cte_map: this.#cteMap, select_list: [row(keys.map(({ value }) => value))], from_table: this.#pinned(node['from_table'] ?? null), where_clause: this.#pinned(and([...listOf(node['where_clause']), this.#over(node, table, condition)]) ?? null), ...UNGROUPED }
    const from = this.#pinned({ type: 'BASE_TABLE', alias: 'influenced', sample: null, schema_name: output.schema, table_name: output.name, column_name_alias: [], catalog_name: '', at_clause: null })
    return { node: { ...node, modifiers: [], cte_map: { map: [] }, select_list: [star('influenced')], from_table: from, where_clause: among(row(keys.map(({ name }) => column(['influenced', name]))), chosen), ...UNGROUPED }, named_param_map: [] }
  }

  /** What holds of a query's FROM for the rows that the table's rows have a part in. */
  #over(node: TreeNode, table: TableName, condition: TreeNode): TreeNode {
    this.#check(node)
    // What may not be there has a part in more than the rows that it stands beside.
    if (optionalIn(nodeOf(node['from_table']) ?? {}).some((item) => this.#readsOf(item, table))) throw new Refused('unread-form', 'it is the optional side of a join')
    const found = itemsOf(nodeOf(node['from_table']) ?? {}).flatMap((item): readonly TreeNode[] => {
      const cte = textOf(item['schema_name']) === '' ? this.#ctes.get(textOf(item['table_name']).toLowerCase()) : undefined
      if (cte !== undefined) {
        if (!this.#reads(cte, table)) return []
        const keys = this.#keysOf(cte)
        const chosen = { ...cte, modifiers: [], cte_map: { map: [] }, select_list: [row(keys.map(({ value }) => value))], where_clause: and([...listOf(cte['where_clause']), this.#over(cte, table, condition)]) ?? null, ...UNGROUPED }
        return [among(row(keys.map(({ name }) => column([aliasOf(item), name]))), chosen)]
      }
      const own = tableOf(item)
      return own.schema === table.schema && own.name === table.name ? [named(condition, aliasOf(item))] : []
    })
    const [only] = found
    if (only === undefined) throw new Refused('unknown-columns', 'it does not read the table')
    return or(found) ?? only
  }

  #reads(node: TreeNode, table: TableName): boolean {
    return itemsOf(nodeOf(node['from_table']) ?? {}).some((item) => this.#readsOf(item, table))
  }

  #readsOf(item: TreeNode, table: TableName): boolean {
    const cte = textOf(item['schema_name']) === '' ? this.#ctes.get(textOf(item['table_name']).toLowerCase()) : undefined
    return cte === undefined ? tableOf(item).schema === table.schema && tableOf(item).name === table.name : this.#reads(cte, table)
  }

  #keysOf(node: TreeNode): readonly Output[] {
    this.#check(node)
    const keys = this.#outputs(node).filter(({ value }) => !isAggregate(value))
    if (keys.length === 0) throw new Refused('unread-form', 'all of it is one row')
    return keys
  }

  #check(node: TreeNode): void {
    if (node['type'] !== 'SELECT_NODE') throw new Refused('unread-form', 'it joins several queries')
    // In a grouping set without it a key is NULL, and no longer the row's own.
    if (Array.isArray(node['group_sets']) && node['group_sets'].length > 1) throw new Refused('unread-form', 'it groups by several sets of keys')
    if (node['qualify'] !== null || node['sample'] !== null) throw new Refused('unread-form', 'it chooses rows by others')
    if (nodesOf(node['modifiers']).some((one) => one['type'] !== 'ORDER_MODIFIER' && !(one['type'] === 'DISTINCT_MODIFIER' && nodesOf(one['distinct_on_targets']).length === 0))) throw new Refused('unread-form', 'it chooses rows by others')
    if (has(node['select_list'], 'WINDOW') || has(node['where_clause'], 'WINDOW')) throw new Refused('unread-form', 'its windows look at other rows')
    for (const part of ['select_list', 'where_clause', 'having', 'from_table']) if (has(node[part], 'SUBQUERY')) throw new Refused('unread-form', 'an expression asks a query')
    if (nodesOf(nodeOf(node['cte_map'])?.['map']).length > 0 && !this.#ctes.has(textOf(nodesOf(nodeOf(node['cte_map'])?.['map'])[0]?.['key']).toLowerCase())) throw new Refused('unread-form', 'a query within has WITH queries of its own')
  }

  #outputs(node: TreeNode): readonly Output[] {
    return nodesOf(node['select_list']).flatMap((item): readonly Output[] => {
      if (item['class'] !== 'STAR') return [{ name: nameOf(item), value: item }]
      if (item['columns'] === true || [item['exclude_list'], item['replace_list'], item['rename_list'], item['qualified_exclude_list']].some((list) => Array.isArray(list) && list.length > 0)) throw new Refused('unread-form', 'it chooses columns by an expression')
      const of = textOf(item['relation_name']).toLowerCase()
      return itemsOf(nodeOf(node['from_table']) ?? {}).filter((one) => of === '' || aliasOf(one).toLowerCase() === of).flatMap((one) => this.#namesOf(one).map((name) => ({ name, value: column([aliasOf(one), name]) })))
    })
  }

  #namesOf(item: TreeNode): readonly string[] {
    const cte = textOf(item['schema_name']) === '' ? this.#ctes.get(textOf(item['table_name']).toLowerCase()) : undefined
    if (cte !== undefined) return this.#outputs(cte).map(({ name }) => name)
    const columns = this.#options.columnsOf(tableOf(item))
    if (columns === undefined) throw new Refused('unknown-columns', 'nobody knows the columns of what it reads')
    return columns.map(({ name }) => name)
  }

  /** Every table in it at the version that was read. */
  #pinned(value: TreeValue): TreeValue {
    if (Array.isArray(value)) return (value as readonly TreeValue[]).map((one) => this.#pinned(one))
    if (!isNode(value)) return value
    const inner = Object.fromEntries(Object.entries(value).map(([member, one]) => [member, one === undefined ? null : this.#pinned(one)]))
    if (value['type'] !== 'BASE_TABLE' || textOf(value['schema_name']) === '') return inner
    const version = this.#options.versionOf(tableOf(value))
    return version === undefined ? inner : { ...inner, at_clause: { unit: 'VERSION', expr: { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: version } } } }
  }
}

/** Whether rows are told apart by this column. */
export const isAmong = (by: readonly string[] | undefined, name: string): boolean => by?.some((one) => one.toLowerCase() === name.toLowerCase()) ?? true

const UNGROUPED = { group_expressions: [], group_sets: [], aggregate_handling: 'STANDARD_HANDLING', having: null, qualify: null, sample: null } as const

const listOf = (value: TreeValue | undefined): readonly TreeNode[] => (isNode(value) ? [value] : [])

const tableOf = (item: TreeNode): TableName => ({ schema: textOf(item['schema_name']).toLowerCase(), name: textOf(item['table_name']).toLowerCase() })
const aliasOf = (item: TreeNode): string => textOf(item['alias']) || textOf(item['table_name'])

function itemsOf(from: TreeNode): readonly TreeNode[] {
  if (from['type'] === 'JOIN') {
    if (!['REGULAR', 'CROSS', 'NATURAL'].includes(textOf(from['ref_type'])) || ['SEMI', 'ANTI'].includes(textOf(from['join_type']))) throw new Refused('unread-form', 'it joins by the order of rows, or by what is not there')
    return [...itemsOf(nodeOf(from['left']) ?? {}), ...itemsOf(nodeOf(from['right']) ?? {})]
  }
  if (from['type'] !== 'BASE_TABLE' || textsOf(from['column_name_alias']).length > 0) throw new Refused('unread-form', 'it reads what is not a table')
  return [from]
}

/** Of joins, the sides that may have no partner. */
function optionalIn(from: TreeNode): readonly TreeNode[] {
  if (from['type'] !== 'JOIN') return []
  const [left, right, kind] = [nodeOf(from['left']) ?? {}, nodeOf(from['right']) ?? {}, textOf(from['join_type'])]
  return [...(kind === 'RIGHT' || kind === 'OUTER' || kind === 'FULL' ? itemsOf(left) : optionalIn(left)), ...(kind === 'LEFT' || kind === 'OUTER' || kind === 'FULL' ? itemsOf(right) : optionalIn(right))]
}

/** Every column of a condition as one of this relation. */
function named(node: TreeNode, alias: string): TreeNode {
  const within = (value: TreeValue): TreeValue => (Array.isArray(value) ? (value as readonly TreeValue[]).map(within) : isNode(value) ? named(value, alias) : value)
  if (node['class'] === 'COLUMN_REF') return column([alias, textsOf(node['column_names']).at(-1) ?? ''])
  return Object.fromEntries(Object.entries(node).map(([member, value]) => [member, value === undefined ? null : within(value)]))
}
