// Which rows of a query are wanted: by conditions on its columns, and by sets of values that its columns must be among.

import { AGGREGATE_FUNCTIONS } from '@tulle/sql'
import type { TreeNode } from '@tulle/sql'
import { nodesOf, textOf, textsOf } from '../statement/node.ts'
import { among, column, derived, isSameTree, replaced, row, selectOf } from './build-tree.ts'

/** A condition on columns of a query, said of whatever stands for them. */
export interface Condition { readonly columns: readonly string[]; readonly build: (valueOf: (name: string) => TreeNode) => TreeNode }

/** Rows that some columns must be among; `pick` asks for fewer of them, as one value each. */
export interface Member { readonly columns: readonly string[]; readonly pick: (columns: readonly string[]) => TreeNode }

export interface Demand {
  readonly conditions: readonly Condition[]
  readonly members: readonly Member[]
  /** The wanted rows themselves, for where a condition can not be said of what a column is made of. */
  readonly exact?: Member
}

export const ALL: Demand = { conditions: [], members: [] }

/** The columns of a query's result that are `known`, in what they are made of. */
export function translate({ conditions, members, exact }: Demand, known: ReadonlyMap<string, TreeNode>): readonly TreeNode[] {
  const isKnown = (name: string): boolean => known.has(name)
  const said = conditions.filter(({ columns }) => columns.every(isKnown))
  const sets = said.length < conditions.length && exact !== undefined ? [...members, exact] : members
  return [
    ...said.map(({ build }) => build((name) => known.get(name) as TreeNode)),
    ...sets.flatMap(({ columns, pick }) => {
      const own = columns.filter(isKnown)
      return own.length === 0 ? [] : [among(row(own.map((name) => known.get(name) as TreeNode)), pick(own))]
    }),
  ]
}

/** The same rows by other names; columns that are not among them are no longer spoken of. */
export function renamedDemand(demand: Demand, names: ReadonlyMap<string, string>): Demand {
  const back = new Map([...names].map(([from, to]) => [to, from]))
  const member = ({ columns, pick }: Member): readonly Member[] => {
    const own = columns.filter((name) => names.has(name))
    return own.length === 0 ? [] : [{ columns: own.map((name) => names.get(name) as string), pick: (some) => pick(some.map((name) => back.get(name) as string)) }]
  }
  const conditions = demand.conditions.filter(({ columns }) => columns.every((name) => names.has(name)))
  const isLess = conditions.length < demand.conditions.length
  const [exact] = demand.exact === undefined ? [] : member(demand.exact)
  return {
    conditions: conditions.map(({ columns, build }) => ({ columns: columns.map((name) => names.get(name) as string), build: (valueOf) => build((name) => valueOf(names.get(name) as string)) })),
    members: [...demand.members.flatMap(member), ...(isLess && exact !== undefined ? [exact] : [])],
    ...(exact !== undefined && { exact }),
  }
}

/** A condition whose columns stand plainly by their last name. */
export function conditionOf(node: TreeNode, resolve: (name: string) => string | undefined): Condition | { readonly unknown: string } {
  const columns = new Set<string>()
  let unknown: string | undefined
  replaced(node, (one) => {
    if (one['class'] !== 'COLUMN_REF') return undefined
    const name = textsOf(one['column_names']).at(-1) ?? ''
    const own = resolve(name)
    if (own === undefined) unknown = name
    else columns.add(own)
    return one
  })
  if (unknown !== undefined) return { unknown }
  return { columns: [...columns], build: (valueOf) => replaced(node, (one) => (one['class'] === 'COLUMN_REF' ? { ...valueOf(resolve(textsOf(one['column_names']).at(-1) ?? '') as string), alias: '' } : undefined)) as TreeNode }
}

/** A condition on columns of one relation. */
export function conditionOn(alias: string, node: TreeNode): Condition {
  const isOwn = (one: TreeNode): boolean => one['class'] === 'COLUMN_REF' && textsOf(one['column_names'])[0] === alias && textsOf(one['column_names']).length > 1
  const columns = new Set<string>()
  outside(node, (one) => {
    if (isOwn(one)) columns.add(textsOf(one['column_names'])[1] ?? '')
    return undefined
  })
  return {
    columns: [...columns],
    build: (valueOf) => outside(node, (one) => {
      if (!isOwn(one)) return undefined
      const [, name = '', ...rest] = textsOf(one['column_names'])
      return rest.reduce<TreeNode>((value, member) => memberOf(value, member), { ...valueOf(name), alias: '' })
    }),
  }
}

/** Replaces in all but queries that stand within: they have names of their own. */
export function outside(node: TreeNode, by: (node: TreeNode) => TreeNode | undefined): TreeNode {
  return replaced(node, (one) => {
    if (one['class'] !== 'SUBQUERY') return by(one)
    return one['child'] === null || one['child'] === undefined ? one : { ...one, child: outside(one['child'] as TreeNode, by) }
  }) as TreeNode
}

function memberOf(value: TreeNode, name: string): TreeNode {
  if (value['class'] === 'COLUMN_REF') return column([...textsOf(value['column_names']), name])
  return { class: 'OPERATOR', type: 'STRUCT_EXTRACT', alias: '', children: [value, { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: name } }] }
}

/** Rows of a query under some conditions. */
export function rowsOf(query: TreeNode, names: readonly string[], conditions: readonly Condition[]): Member {
  const own = (name: string): TreeNode => column(['wanted', name])
  return { columns: names, pick: (some) => selectOf([row(some.map(own))], derived(query, 'wanted'), conditions.map(({ build }) => build(own))) }
}

/** Whether a value follows from some of others: it is one, or is computed of them alone. */
export function followsFrom(value: TreeNode, keys: readonly TreeNode[]): boolean {
  if (keys.some((key) => isSameTree(key, value))) return true
  switch (value['class']) {
    case 'CONSTANT': return true
    case 'FUNCTION': return !AGGREGATE_FUNCTIONS.has(textOf(value['function_name']).toLowerCase()) && !UNFOLLOWED.has(textOf(value['function_name']).toLowerCase()) && nodesOf(value['children']).every((one) => followsFrom(one, keys))
    case 'CAST': return followsFrom(value['child'] as TreeNode, keys)
    case 'OPERATOR': return nodesOf(value['children']).every((one) => followsFrom(one, keys))
    default: return false
  }
}

/** Not of one row: rows of a list, and what of a grouping set it is. */
const UNFOLLOWED: ReadonlySet<string> = new Set(['unnest', 'grouping', 'grouping_id'])
