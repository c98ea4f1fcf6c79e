// What a name means where it stands, as a column of a relation with a name of its own.

import type { TreeNode } from '@tulle/sql'
import { textsOf } from '../statement/node.ts'
import { column } from './build-tree.ts'
import type { Item, Query } from './types.ts'

/** A relation as it is called in sight. `shown` are the names that columns have there, in the order of `item.names`. */
export interface Seen { readonly item: Item; readonly name: string; readonly schema: string; readonly shown: readonly string[] }

export interface WithQuery { readonly name: string; readonly query: Query; readonly shown: readonly string[] }

export interface Scope {
  readonly seen: readonly Seen[]
  /** Columns of USING, by their name in lower case. */
  readonly merged: ReadonlyMap<string, TreeNode>
  readonly withQueries: ReadonlyMap<string, WithQuery>
  readonly outer?: Scope
  /** Names of the SELECT list so far. */
  readonly aliases?: ReadonlyMap<string, TreeNode>
  /** In ORDER BY an alias goes before a column. */
  readonly aliasesFirst?: boolean
  readonly parameters?: ReadonlySet<string>
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

export const columnOfSeen = ({ item, shown }: Seen, name: string): TreeNode | undefined => {
  const place = shown.findIndex((one) => same(one, name))
  return place < 0 ? undefined : column([item.alias, item.names[place] ?? ''])
}

/** From the innermost scope outwards; undefined where nothing is called so. `as-it-is` stands for parameters of lambdas. */
export function meaningOf(scope: Scope, names: readonly string[]): TreeNode | 'as-it-is' | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const found = meaningHere(at, names)
    if (found !== undefined) return found
  }
  return undefined
}

function meaningHere({ seen, merged, aliases, aliasesFirst, parameters }: Scope, names: readonly string[]): TreeNode | 'as-it-is' | undefined {
  const [first = '', second = '', third = ''] = names
  if (parameters?.has(first.toLowerCase()) === true) return 'as-it-is'
  const alias = aliases?.get(first.toLowerCase())
  if (aliasesFirst === true && names.length === 1 && alias !== undefined) return alias
  if (names.length > 1) {
    const named = seen.filter(({ name }) => same(name, first)).map((one) => columnOfSeen(one, second)).find((one) => one !== undefined)
    if (named !== undefined) return further(named, names.slice(2))
    const inSchema = names.length > 2 ? seen.filter(({ name, schema }) => same(name, second) && same(schema, first)).map((one) => columnOfSeen(one, third)).find((one) => one !== undefined) : undefined
    if (inSchema !== undefined) return further(inSchema, names.slice(3))
  }
  const plain = merged.get(first.toLowerCase()) ?? seen.map((one) => columnOfSeen(one, first)).find((one) => one !== undefined)
  if (plain !== undefined) return plain['class'] === 'COLUMN_REF' || names.length === 1 ? further(plain, names.slice(1)) : undefined
  const whole = names.length === 1 ? seen.find(({ name }) => same(name, first)) : undefined
  if (whole !== undefined) return column([whole.item.alias])
  return names.length === 1 ? alias : undefined
}

/** A member of a struct. */
const further = (node: TreeNode, path: readonly string[]): TreeNode => (path.length === 0 ? node : column([...textsOf(node['column_names']), ...path]))
