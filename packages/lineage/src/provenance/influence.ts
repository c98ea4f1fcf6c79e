// A model and a condition on rows of a table that it reads to one query for the rows of its result that those rows had a part in.
// Where other rows decide too (windows, limits, set operations, queries within expressions) it is refused, and never guessed. Pure.

import type { Tree, TreeNode, TreeValue } from '@tulle/sql'
import { isNode } from '@tulle/sql'
import type { TableName } from '../types.ts'
import { nameOf, nodeOf, nodesOf, textOf, textsOf } from '../statement/node.ts'
import { isAggregate } from '../statement/read-query.ts'
import { among, and, column, has, or, row, star } from './build-tree.ts'
import type { Narrowed } from './narrow.ts'
import { Refused } from './types.ts'
import type { NarrowOptions, Output } from './types.ts'

/** The table that `condition` is about, and the data set whose rows are wanted. */
export interface Influencing { readonly table: TableName; readonly condition: TreeNode; readonly output: TableName; readonly version?: string }

/** The other way: one query for the rows of a model's result that rows of one of its tables had a part in. */
export function influence(model: Tree, { table, condition, output, version }: Influencing, options: NarrowOptions): Narrowed {
  const top = nodeOf(model.statements[0]?.['node'])
  if (top === undefined || model.statements.length !== 1) return { kind: 'refused', code: 'not-one-statement', why: 'it is not one statement' }
  try {
    const influenced = new Influenced(top, { ...options, versionOf: (one) => (one.schema === output.schema && one.name === output.name ? version : options.versionOf(one)) })
    return { kind: 'narrowed', reads: [{ table: output, statement: influenced.rows(top, { table, condition, output }) }] }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', code: error.code, why: error.message }
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
  rows(node: TreeNode, { table, condition, output }: Influencing): TreeNode {
    if (has(condition, 'SUBQUERY')) throw new Refused('condition-asks-a-query', 'the condition asks a query')
    const keys = this.#keysOf(node)
    const chosen = { ...node, modifiers: [], cte_map: this.#cteMap, select_list: [row(keys.map(({ value }) => value))], from_table: this.#pinned(node['from_table'] ?? null), where_clause: this.#pinned(and([...listOf(node['where_clause']), this.#over(node, table, condition)]) ?? null), ...UNGROUPED }
    const from = this.#pinned({ type: 'BASE_TABLE', alias: 'influenced', sample: null, schema_name: output.schema, table_name: output.name, column_name_alias: [], catalog_name: '', at_clause: null })
    return { node: { ...node, modifiers: [], cte_map: { map: [] }, select_list: [star('influenced')], from_table: from, where_clause: among(row(keys.map(({ name }) => column(['influenced', name]))), chosen), ...UNGROUPED }, named_param_map: [] }
  }

  /** What holds of a query's FROM for the rows that the table's rows have a part in. */
  #over(node: TreeNode, table: TableName, condition: TreeNode): TreeNode {
    this.#check(node)
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
    return itemsOf(nodeOf(node['from_table']) ?? {}).some((item) => {
      const cte = textOf(item['schema_name']) === '' ? this.#ctes.get(textOf(item['table_name']).toLowerCase()) : undefined
      return cte === undefined ? tableOf(item).schema === table.schema && tableOf(item).name === table.name : this.#reads(cte, table)
    })
  }

  #keysOf(node: TreeNode): readonly Output[] {
    this.#check(node)
    const keys = this.#outputs(node).filter(({ value }) => !isAggregate(value))
    if (keys.length === 0) throw new Refused('made-of-all', 'all of it is one row')
    return keys
  }

  #check(node: TreeNode): void {
    if (node['type'] !== 'SELECT_NODE') throw new Refused('made-of-all', 'it joins several queries')
    if (node['qualify'] !== null || node['sample'] !== null) throw new Refused('made-of-all', 'it chooses rows by others')
    if (nodesOf(node['modifiers']).some((one) => one['type'] !== 'ORDER_MODIFIER' && !(one['type'] === 'DISTINCT_MODIFIER' && nodesOf(one['distinct_on_targets']).length === 0))) throw new Refused('made-of-all', 'it chooses rows by others')
    if (has(node['select_list'], 'WINDOW') || has(node['where_clause'], 'WINDOW')) throw new Refused('made-of-all', 'its windows look at other rows')
    for (const part of ['select_list', 'where_clause', 'having', 'from_table']) if (has(node[part], 'SUBQUERY')) throw new Refused('made-of-all', 'an expression asks a query')
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

const UNGROUPED = { group_expressions: [], group_sets: [], aggregate_handling: 'STANDARD_HANDLING', having: null, qualify: null, sample: null } as const

const listOf = (value: TreeValue | undefined): readonly TreeNode[] => (isNode(value) ? [value] : [])

const tableOf = (item: TreeNode): TableName => ({ schema: textOf(item['schema_name']).toLowerCase(), name: textOf(item['table_name']).toLowerCase() })
const aliasOf = (item: TreeNode): string => textOf(item['alias']) || textOf(item['table_name'])

function itemsOf(from: TreeNode): readonly TreeNode[] {
  if (from['type'] === 'JOIN') {
    if (!['REGULAR', 'CROSS', 'NATURAL'].includes(textOf(from['ref_type'])) || ['SEMI', 'ANTI'].includes(textOf(from['join_type']))) throw new Refused('made-of-all', 'it joins by the order of rows, or by what is not there')
    return [...itemsOf(nodeOf(from['left']) ?? {}), ...itemsOf(nodeOf(from['right']) ?? {})]
  }
  if (from['type'] !== 'BASE_TABLE' || textsOf(from['column_name_alias']).length > 0) throw new Refused('unread-form', 'it reads what is not a table')
  return [from]
}

/** Every column of a condition as one of this relation. */
function named(node: TreeNode, alias: string): TreeNode {
  const within = (value: TreeValue): TreeValue => (Array.isArray(value) ? (value as readonly TreeValue[]).map(within) : isNode(value) ? named(value, alias) : value)
  if (node['class'] === 'COLUMN_REF') return column([alias, textsOf(node['column_names']).at(-1) ?? ''])
  return Object.fromEntries(Object.entries(node).map(([member, value]) => [member, value === undefined ? null : within(value)]))
}
