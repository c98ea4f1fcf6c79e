// A query of the engine's tree → Flink's, with what each of its columns is. Pure.

import type { TreeNode } from '@tulle/sql'
import { constantOf, nameOf, nodeOf, nodesOf, textOf, textsOf } from '../statement/node.ts'
import { aggregates, castTo, expressionPrinter, quoteName } from './print-expression.ts'
import type { Printed } from './print-expression.ts'
import { cannot, isFloating, joined } from './sorts.ts'
import type { Sort } from './sorts.ts'

export interface QueryColumn { readonly name: string; readonly sort: Sort }
export interface PrintedQuery { readonly sql: string; readonly columns: readonly QueryColumn[] }

/** A table that a statement may read. */
export interface ReadableTable { readonly name: string; readonly columns: readonly QueryColumn[] }

interface Relation { readonly alias: string; readonly columns: readonly QueryColumn[] }
/** `kept`: conditions on its rows, for the WHERE of the query. */
interface From { readonly sql: string; readonly relations: readonly Relation[]; readonly kept?: readonly string[] }
type Named = ReadonlyMap<string, readonly QueryColumn[]>

const SAME = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

export class QueryPrinter {
  readonly #tableOf: (schema: string, name: string) => ReadableTable

  constructor(tableOf: (schema: string, name: string) => ReadableTable) {
    this.#tableOf = tableOf
  }

  query(node: TreeNode, outer: Named = new Map()): PrintedQuery {
    const named = new Map(outer)
    const parts = nodesOf(nodeOf(node['cte_map'])?.['map']).map((entry) => {
      const name = textOf(entry['key'])
      const value = nodeOf(entry['value']) ?? {}
      if (nodesOf(value['key_targets']).length > 0 || textsOf(value['aliases']).length > 0) cannot(`the list of columns of the WITH query ${name}`, 'name its columns by AS')
      if (name.includes('.') || named.has(name.toLowerCase())) cannot(`the name of the WITH query ${name}`, 'give it another name')
      const printed = this.query(nodeOf(nodeOf(value['query'])?.['node']) ?? {}, named)
      named.set(name.toLowerCase(), printed.columns)
      return `${quoteName(name.toLowerCase())} AS (${printed.sql})`
    })
    const body = this.#body(node, named)
    return parts.length === 0 ? body : { ...body, sql: `WITH ${parts.join(', ')} ${body.sql}` }
  }

  #body(node: TreeNode, named: Named): PrintedQuery {
    const modifiers = nodesOf(node['modifiers'])
    for (const one of modifiers) {
      if (one['type'] !== 'ORDER_MODIFIER' && one['type'] !== 'DISTINCT_MODIFIER') cannot('LIMIT', 'choose rows by a condition')
      if (nodesOf(one['distinct_on_targets']).length > 0) cannot('DISTINCT ON')
    }
    const isDistinct = modifiers.some((one) => one['type'] === 'DISTINCT_MODIFIER')
    switch (textOf(node['type'])) {
      case 'SELECT_NODE': return this.#select(node, named, isDistinct)
      case 'SET_OPERATION_NODE': return isDistinct ? cannot('DISTINCT over UNION') : this.#union(node, named)
      default: return cannot(`a query of the kind ${textOf(node['type'])}`)
    }
  }

  #union(node: TreeNode, named: Named): PrintedQuery {
    if (node['setop_type'] !== 'UNION' || node['setop_all'] !== true) return cannot('UNION without ALL, UNION BY NAME, INTERSECT or EXCEPT', 'write UNION ALL with the columns in their order')
    const [left, right] = [this.query(nodeOf(node['left']) ?? {}, named), this.query(nodeOf(node['right']) ?? {}, named)]
    if (left.columns.length !== right.columns.length) return cannot('UNION ALL of queries with other columns')
    const columns = left.columns.map((column, i) => ({ name: column.name, sort: joined(column.sort, right.columns[i]?.sort ?? column.sort) }))
    return { columns, sql: [left, right].map((side) => selected(side, columns)).join(' UNION ALL ') }
  }

  #select(node: TreeNode, named: Named, isDistinct: boolean): PrintedQuery {
    if (nodeOf(node['qualify']) !== undefined) cannot('QUALIFY')
    if (nodeOf(node['sample']) !== undefined) cannot('a sample')
    const from = this.#from(nodeOf(node['from_table']) ?? {}, named)
    const print = expressionPrinter((names) => resolve(from.relations, names))
    const items = nodesOf(node['select_list']).flatMap((item) => (item['class'] === 'STAR' ? starOf(from.relations, item) : [{ node: item, name: nameOf(item), printed: print(item) }]))
    const columns = items.map(({ name, printed }) => ({ name, sort: printed.sort }))
    const taken = new Set(columns.map(({ name }) => name.toLowerCase()))
    if (taken.size < columns.length || taken.has('')) cannot('columns of one name, or of none', 'name each by AS')
    // There a name is first what SELECT calls so, and to Flink a column.
    const printHaving = expressionPrinter((names) => {
      const column = resolve(from.relations, names)
      return names.length === 1 && items.some(({ name, printed }) => SAME(name, names[0] ?? '') && printed.sql !== column.sql) ? cannot(`the name ${names[0]} in HAVING, which is two things`, 'name the column by its table, or call the other otherwise') : column
    })
    const condition = (member: string): string => {
      const tree = nodeOf(node[member])
      if (tree === undefined) return ''
      if (member === 'where_clause' && aggregates(tree)) cannot('an aggregate in WHERE', 'write it in HAVING')
      const { sql, sort } = (member === 'having' ? printHaving : print)(tree)
      return sort.kind === 'boolean' ? ` ${member === 'having' ? 'HAVING' : 'WHERE'} ${sql}` : cannot(`${sort.kind} as a condition`, 'compare it with something')
    }
    const groups = this.#groups(node, items, from.relations, print)
    for (const { sort } of [...groups, ...(isDistinct ? items.map(({ printed }) => printed) : [])]) if (isFloating(sort)) cannot('groups of floating numbers', 'cast them to a decimal in a data set that this one reads: which of them are one differs')
    // Over no rows at all the engine gives one row, and Flink none.
    if (groups.length === 0 && aggregates([...nodesOf(node['select_list']), nodeOf(node['having']) ?? null])) cannot('an aggregate over everything', 'group by something')
    const list = items.map(({ name, printed }) => `${printed.sql} AS ${quoteName(name)}`).join(', ')
    const kept = from.kept ?? []
    const where = condition('where_clause')
    const conditions = kept.length === 0 ? where : `${where === '' ? ' WHERE ' : `${where} AND `}${kept.join(' AND ')}`
    return { columns, sql: `SELECT ${isDistinct ? 'DISTINCT ' : ''}${list} FROM ${from.sql}${conditions}${groups.length === 0 ? '' : ` GROUP BY ${groups.map(({ sql }) => sql).join(', ')}`}${condition('having')}` }
  }

  #groups(node: TreeNode, items: readonly Item[], relations: readonly Relation[], print: (node: TreeNode) => Printed): readonly Printed[] {
    if (Array.isArray(node['group_sets']) && node['group_sets'].length > 1) cannot('GROUPING SETS, ROLLUP or CUBE', 'write one GROUP BY for each, with UNION ALL')
    if (node['aggregate_handling'] === 'FORCE_AGGREGATES') return items.filter((item) => item.node === undefined || !aggregates(item.node)).map(({ printed }) => printed)
    return nodesOf(node['group_expressions']).map((group) => {
      const place = group['class'] === 'CONSTANT' ? constantOf(group) : undefined
      if (place !== undefined) return (items[Number(place) - 1] ?? cannot('GROUP BY of a constant')).printed
      const [name = '', ...more] = textsOf(group['column_names'])
      const own = more.length === 0 && relations.some(({ columns }) => columns.some((one) => SAME(one.name, name)))
      const item = more.length === 0 && !own ? items.find((one) => SAME(one.name, name)) : undefined
      return item?.printed ?? print(group)
    })
  }

  #from(node: TreeNode, named: Named): From {
    const alias = textOf(node['alias'])
    if (nodeOf(node['sample']) !== undefined) cannot('a sample')
    if (textsOf(node['column_name_alias']).length > 0) cannot('other names for the columns of a table', 'name them by AS')
    switch (textOf(node['type'])) {
      case 'BASE_TABLE': {
        if (nodeOf(node['at_clause']) !== undefined) cannot('AT')
        const [schema, name] = [textOf(node['schema_name']), textOf(node['table_name'])]
        const known = schema === '' ? named.get(name.toLowerCase()) : undefined
        const table = known === undefined ? this.#tableOf(schema, name) : { name: name.toLowerCase(), columns: known }
        return { sql: `${quoteName(table.name)} AS ${quoteName(alias || name)}`, relations: [{ alias: alias || name, columns: table.columns }] }
      }
      case 'SUBQUERY': {
        const { sql, columns } = this.query(nodeOf(nodeOf(node['subquery'])?.['node']) ?? {}, named)
        return { sql: `(${sql}) AS ${quoteName(alias || cannot('a query in FROM without a name', 'name it by AS'))}`, relations: [{ alias, columns }] }
      }
      case 'JOIN': return this.#join(node, named)
      case 'EMPTY': return cannot('a SELECT without FROM')
      default: return cannot(`${textOf(node['type']).toLowerCase().replaceAll('_', ' ')} in FROM`)
    }
  }

  #join(node: TreeNode, named: Named): From {
    const [left, right] = [this.#from(nodeOf(node['left']) ?? {}, named), this.#from(nodeOf(node['right']) ?? {}, named)]
    const relations = [...left.relations, ...right.relations]
    if (new Set(relations.map((one) => one.alias.toLowerCase())).size < relations.length) cannot('two tables of one name', 'name them by AS')
    if (textsOf(node['using_columns']).length > 0) cannot('USING', 'write the condition with ON')
    const type = textOf(node['join_type'])
    const isChoice = type === 'SEMI' || type === 'ANTI'
    // What is chosen of the right side of a LEFT JOIN is chosen before it, and a WHERE comes after.
    if (type !== 'INNER' && !isChoice && right.kept !== undefined) cannot('SEMI or ANTI JOIN within the right side of another', 'write it in a WITH query')
    const kept = [...(left.kept ?? []), ...(isChoice ? [] : right.kept ?? [])]
    const made = (sql: string): From => ({ sql, relations, ...(kept.length > 0 && { kept }) })
    if (node['ref_type'] === 'CROSS' && type === 'INNER') return made(`${left.sql} CROSS JOIN ${right.sql}`)
    const condition = nodeOf(node['condition'])
    if (node['ref_type'] !== 'REGULAR' || condition === undefined || (type !== 'INNER' && type !== 'LEFT' && !isChoice)) return cannot(`${[textOf(node['ref_type']), type].filter((one) => one !== 'REGULAR').join(' ')} JOIN`, 'write JOIN, LEFT JOIN, SEMI JOIN or ANTI JOIN with a condition')
    const { sql, sort } = expressionPrinter((names) => resolve(relations, names))(condition)
    if (sort.kind !== 'boolean') return cannot('a join by what is no condition', 'compare it with something')
    if (!isChoice) return made(`${left.sql} ${type === 'LEFT' ? 'LEFT JOIN' : 'JOIN'} ${right.sql} ON ${sql}`)
    const sought = `${type === 'ANTI' ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${right.sql} WHERE ${[sql, ...(right.kept ?? [])].join(' AND ')})`
    return { sql: left.sql, relations: left.relations, kept: [...kept, sought] }
  }
}

interface Item { readonly node?: TreeNode; readonly name: string; readonly printed: Printed }

/** The columns of a query by their names, as other types. */
export const selected = ({ sql, columns }: PrintedQuery, wanted: readonly QueryColumn[]): string =>
  `SELECT ${columns.map(({ name, sort }, i) => `${castTo({ sql: quoteName(name), sort }, wanted[i]?.sort ?? sort)} AS ${quoteName(wanted[i]?.name ?? name)}`).join(', ')} FROM (${sql}) AS \`part\``

function taken({ alias }: Relation, column: QueryColumn): Printed {
  const { name, sort } = column
  if (sort.kind === 'other') return cannot(`the column ${name}, which is ${sort.type}`, 'leave it out, or cast it in a data set that this one reads')
  return { sql: `${quoteName(alias)}.${quoteName(name)}`, sort }
}

function resolve(relations: readonly Relation[], names: readonly string[]): Printed {
  const [name = '', alias] = names.toReversed()
  if (names.length > 2) return cannot(`the column ${names.join('.')}`, 'name the table by AS, and the column by that')
  const found = relations.filter((one) => alias === undefined || SAME(one.alias, alias)).flatMap((relation) => relation.columns.filter((one) => SAME(one.name, name)).map((column) => ({ relation, column })))
  const [first, more] = found
  return first === undefined || more !== undefined ? cannot(`the column ${names.join('.')}, which ${first === undefined ? 'none' : 'more than one'} of the tables has`, 'name it by its table; another name that SELECT gives is none of them') : taken(first.relation, first.column)
}

function starOf(relations: readonly Relation[], node: TreeNode): readonly Item[] {
  const { relation_name: name, exclude_list: exclude, qualified_exclude_list: qualified, replace_list: replace, rename_list: rename, expr, columns } = node
  const isPlain = [exclude, qualified, replace, rename].every((one) => one === undefined || (Array.isArray(one) && one.length === 0)) && (expr === undefined || expr === null) && columns !== true
  if (!isPlain) return cannot('a star that leaves out or replaces', 'name the columns')
  return relations.filter(({ alias }) => textOf(name) === '' || SAME(alias, textOf(name))).flatMap((relation) => relation.columns.map((column) => ({ name: column.name, printed: taken(relation, column) })))
}
