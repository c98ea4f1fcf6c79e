// A model and a condition on its result to one query for each table that it reads: the rows that made those rows. The queries are
// plain statements over what the model reads, so whoever asks them sees of it what their rights give. What cannot be narrowed
// (windows, limits, queries within expressions: such rows are made by others too) is said, and never guessed. Pure.

import { AGGREGATE_FUNCTIONS } from '@tulle/sql'
import type { Tree, TreeNode, TreeValue } from '@tulle/sql'
import { isNode } from '@tulle/sql'
import type { KnownColumn, TableName } from '../types.ts'
import { nameOf, nodeOf, nodesOf, textOf, textsOf } from '../statement/node.ts'

export interface NarrowOptions {
  readonly columnsOf: (table: TableName) => readonly KnownColumn[] | undefined
  /** The version at which a table was read. */
  readonly versionOf: (table: TableName) => string | undefined
}

export interface NarrowedRead {
  readonly table: TableName
  /** A statement's tree, for the engine to print. */
  readonly statement: TreeNode
}

export type Narrowed = { readonly kind: 'narrowed'; readonly reads: readonly NarrowedRead[] } | { readonly kind: 'whole'; readonly why: string }

/** `condition` names columns of the result. */
export function narrow(model: Tree, condition: TreeNode, options: NarrowOptions): Narrowed {
  const top = nodeOf(model.statements[0]?.['node'])
  if (top === undefined || model.statements.length !== 1) return { kind: 'whole', why: 'it is not one statement' }
  try {
    const narrowing = new Narrowing(top, options)
    narrowing.select(top, narrowing.onOutputs(top, condition))
    return { kind: 'narrowed', reads: narrowing.reads }
  } catch (error) {
    if (error instanceof Whole) return { kind: 'whole', why: error.message }
    throw error
  }
}

/** The table that `condition` is about, and the data set whose rows are wanted. */
export interface Influencing { readonly table: TableName; readonly condition: TreeNode; readonly output: TableName; readonly version?: string }

/** The other way: one query for the rows of a model's result that rows of one of its tables had a part in. */
export function influence(model: Tree, { table, condition, output, version }: Influencing, options: NarrowOptions): Narrowed {
  const top = nodeOf(model.statements[0]?.['node'])
  if (top === undefined || model.statements.length !== 1) return { kind: 'whole', why: 'it is not one statement' }
  try {
    const narrowing = new Narrowing(top, { ...options, versionOf: (one) => (one.schema === output.schema && one.name === output.name ? version : options.versionOf(one)) })
    return { kind: 'narrowed', reads: [{ table: output, statement: narrowing.influenced(top, { table, condition, output }) }] }
  } catch (error) {
    if (error instanceof Whole) return { kind: 'whole', why: error.message }
    throw error
  }
}

/** Only ends the walk. */
class Whole extends Error {}

interface Output { readonly name: string; readonly value: TreeNode }

class Narrowing {
  readonly reads: NarrowedRead[] = []
  readonly #options: NarrowOptions
  readonly #ctes = new Map<string, TreeNode>()
  readonly #cteMap: TreeValue

  constructor(top: TreeNode, options: NarrowOptions) {
    this.#options = options
    for (const entry of nodesOf(nodeOf(top['cte_map'])?.['map'])) {
      const value = nodeOf(entry['value'])
      const query = nodeOf(nodeOf(value?.['query'])?.['node'])
      if (query === undefined || textsOf(value?.['aliases']).length > 0) throw new Whole('a WITH query renames its columns')
      this.#ctes.set(textOf(entry['key']).toLowerCase(), query)
    }
    this.#cteMap = this.#pinned(top['cte_map'] ?? null)
  }

  /** Adds a query for each table below `node`, of the rows that `condition` over its FROM leaves. */
  select(node: TreeNode, condition: TreeNode | undefined): void {
    this.#check(node)
    const from = nodeOf(node['from_table']) ?? {}
    const where = both(nodeOf(node['where_clause']), condition)
    for (const item of itemsOf(from)) {
      const alias = aliasOf(item)
      const cte = textOf(item['schema_name']) === '' ? this.#ctes.get(textOf(item['table_name']).toLowerCase()) : undefined
      if (cte === undefined) {
        const statement = { ...node, modifiers: [{ type: 'DISTINCT_MODIFIER', distinct_on_targets: [] }], cte_map: this.#cteMap, select_list: [star(alias)], from_table: this.#pinned(from), where_clause: where === undefined ? null : this.#pinned(where), ...UNGROUPED }
        this.reads.push({ table: tableOf(item), statement: { node: statement, named_param_map: [] } })
        continue
      }
      this.#check(cte)
      const keys = this.#outputs(cte).filter(({ value }) => !isAggregate(value))
      if (keys.length === 0) {
        this.select(cte, undefined)
        continue
      }
      const chosen = { ...node, modifiers: [], cte_map: { map: [] }, select_list: [row(keys.map(({ name }) => column([alias, name])))], from_table: from, where_clause: where ?? null, ...UNGROUPED }
      this.select(cte, among(row(keys.map(({ value }) => value)), chosen))
    }
  }

  /** Rows of the output whose key is among those that the table's rows came to. */
  influenced(node: TreeNode, { table, condition, output }: Influencing): TreeNode {
    if (has(condition, 'SUBQUERY')) throw new Whole('the condition asks a query')
    const keys = this.#keysOf(node)
    const chosen = { ...node, modifiers: [], cte_map: this.#cteMap, select_list: [row(keys.map(({ value }) => value))], from_table: this.#pinned(node['from_table'] ?? null), where_clause: this.#pinned(both(nodeOf(node['where_clause']), this.#over(node, table, condition)) ?? null), ...UNGROUPED }
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
        const chosen = { ...cte, modifiers: [], cte_map: { map: [] }, select_list: [row(keys.map(({ value }) => value))], where_clause: both(nodeOf(cte['where_clause']), this.#over(cte, table, condition)) ?? null, ...UNGROUPED }
        return [among(row(keys.map(({ name }) => column([aliasOf(item), name]))), chosen)]
      }
      const own = tableOf(item)
      return own.schema === table.schema && own.name === table.name ? [named(condition, aliasOf(item))] : []
    })
    const [only] = found
    if (only === undefined) throw new Whole('it does not read the table')
    return found.length === 1 ? only : { class: 'CONJUNCTION', type: 'CONJUNCTION_OR', alias: '', children: found }
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
    if (keys.length === 0) throw new Whole('all of it is one row')
    return keys
  }

  /** A condition on columns of the result, said of what they are made of. */
  onOutputs(node: TreeNode, condition: TreeNode): TreeNode {
    this.#check(node)
    if (has(condition, 'SUBQUERY')) throw new Whole('the condition asks a query')
    const outputs = this.#outputs(node)
    const replace = (value: TreeValue): TreeValue => {
      if (Array.isArray(value)) return (value as readonly TreeValue[]).map(replace)
      if (!isNode(value)) return value
      if (value['class'] === 'COLUMN_REF') {
        const name = textsOf(value['column_names']).at(-1)?.toLowerCase()
        const output = outputs.find((one) => one.name.toLowerCase() === name)
        if (output === undefined) throw new Whole(`the result has no column "${name ?? ''}"`)
        if (isAggregate(output.value)) throw new Whole(`"${output.name}" is made of many rows: name columns by which the model groups`)
        return { ...output.value, alias: '' }
      }
      return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, inner === undefined ? null : replace(inner)]))
    }
    return replace(condition) as TreeNode
  }

  #check(node: TreeNode): void {
    if (node['type'] !== 'SELECT_NODE') throw new Whole('it joins several queries')
    if (node['qualify'] !== null || node['sample'] !== null) throw new Whole('it chooses rows by others')
    if (nodesOf(node['modifiers']).some((one) => one['type'] !== 'ORDER_MODIFIER' && !(one['type'] === 'DISTINCT_MODIFIER' && nodesOf(one['distinct_on_targets']).length === 0))) throw new Whole('it chooses rows by others')
    if (has(node['select_list'], 'WINDOW') || has(node['where_clause'], 'WINDOW')) throw new Whole('its windows look at other rows')
    for (const part of ['select_list', 'where_clause', 'having', 'from_table']) if (has(node[part], 'SUBQUERY')) throw new Whole('an expression asks a query')
    if (nodesOf(nodeOf(node['cte_map'])?.['map']).length > 0 && !this.#ctes.has(textOf(nodesOf(nodeOf(node['cte_map'])?.['map'])[0]?.['key']).toLowerCase())) throw new Whole('a query within has WITH queries of its own')
  }

  #outputs(node: TreeNode): readonly Output[] {
    return nodesOf(node['select_list']).flatMap((item): readonly Output[] => {
      if (item['class'] !== 'STAR') return [{ name: nameOf(item), value: item }]
      if (item['columns'] === true || [item['exclude_list'], item['replace_list'], item['rename_list'], item['qualified_exclude_list']].some((list) => Array.isArray(list) && list.length > 0)) throw new Whole('it chooses columns by an expression')
      const of = textOf(item['relation_name']).toLowerCase()
      return itemsOf(nodeOf(node['from_table']) ?? {}).filter((one) => of === '' || aliasOf(one).toLowerCase() === of).flatMap((one) => this.#namesOf(one).map((name) => ({ name, value: column([aliasOf(one), name]) })))
    })
  }

  #namesOf(item: TreeNode): readonly string[] {
    const cte = textOf(item['schema_name']) === '' ? this.#ctes.get(textOf(item['table_name']).toLowerCase()) : undefined
    if (cte !== undefined) return this.#outputs(cte).map(({ name }) => name)
    const columns = this.#options.columnsOf(tableOf(item))
    if (columns === undefined) throw new Whole('nobody knows the columns of what it reads')
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

const tableOf = (item: TreeNode): TableName => ({ schema: textOf(item['schema_name']).toLowerCase(), name: textOf(item['table_name']).toLowerCase() })
const aliasOf = (item: TreeNode): string => textOf(item['alias']) || textOf(item['table_name'])

function itemsOf(from: TreeNode): readonly TreeNode[] {
  if (from['type'] === 'JOIN') {
    if (!['REGULAR', 'CROSS', 'NATURAL'].includes(textOf(from['ref_type'])) || ['SEMI', 'ANTI'].includes(textOf(from['join_type']))) throw new Whole('it joins by the order of rows, or by what is not there')
    return [...itemsOf(nodeOf(from['left']) ?? {}), ...itemsOf(nodeOf(from['right']) ?? {})]
  }
  if (from['type'] !== 'BASE_TABLE' || textsOf(from['column_name_alias']).length > 0) throw new Whole('it reads what is not a table')
  return [from]
}

const star = (relation: string): TreeNode => ({ class: 'STAR', type: 'STAR', alias: '', relation_name: relation, exclude_list: [], replace_list: [], columns: false, expr: null, qualified_exclude_list: [], rename_list: [] })
const column = (names: readonly string[]): TreeNode => ({ class: 'COLUMN_REF', type: 'COLUMN_REF', alias: '', column_names: names })
/** One value is compared as it is, several as a row. */
const row = (children: readonly TreeNode[]): TreeNode => (children.length === 1 ? { ...children[0] as TreeNode, alias: '' } : { class: 'FUNCTION', type: 'FUNCTION', alias: '', function_name: 'row', schema: '', catalog: '', children: children.map((child) => ({ ...child, alias: '' })), filter: null, order_bys: { type: 'ORDER_MODIFIER', orders: [] }, distinct: false, is_operator: false, export_state: false })
/** `value IN (query)`, as the parser says it. */
const among = (value: TreeNode, query: TreeNode): TreeNode => ({ class: 'SUBQUERY', type: 'SUBQUERY', alias: '', subquery_type: 'ANY', comparison_type: 'COMPARE_EQUAL', child: value, subquery: { node: query, named_param_map: [] } })

/** Every column of a condition as one of this relation. */
function named(node: TreeNode, alias: string): TreeNode {
  const within = (value: TreeValue): TreeValue => (Array.isArray(value) ? (value as readonly TreeValue[]).map(within) : isNode(value) ? named(value, alias) : value)
  if (node['class'] === 'COLUMN_REF') return column([alias, textsOf(node['column_names']).at(-1) ?? ''])
  return Object.fromEntries(Object.entries(node).map(([member, value]) => [member, value === undefined ? null : within(value)]))
}

const both = (a: TreeNode | undefined, b: TreeNode | undefined): TreeNode | undefined => (a === undefined ? b : b === undefined ? a : { class: 'CONJUNCTION', type: 'CONJUNCTION_AND', alias: '', children: [a, b] })

function has(value: TreeValue | undefined, kind: string): boolean {
  if (Array.isArray(value)) return (value as readonly TreeValue[]).some((one) => has(one, kind))
  return isNode(value) && (value['class'] === kind || value['type'] === kind || Object.values(value).some((one) => has(one, kind)))
}

const isAggregate = (node: TreeValue | undefined): boolean => {
  if (Array.isArray(node)) return (node as readonly TreeValue[]).some(isAggregate)
  if (!isNode(node)) return false
  return (node['class'] === 'FUNCTION' && AGGREGATE_FUNCTIONS.has(textOf(node['function_name']).toLowerCase())) || Object.values(node).some(isAggregate)
}
