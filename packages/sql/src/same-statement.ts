// Is a rewritten statement the first one with nothing but other tables in the places that were meant? A text was cut and
// joined to make it, so DuckDB's own trees of both are held side by side before it may run.

import { LosslessNumber } from 'lossless-json'
import { isNode } from './parse-tree.ts'
import type { TableReference, Tree, TreeNode, TreeValue } from './types.ts'

/** A table of the first statement, and what stands in its place. */
export interface ReplacedReference { readonly reference: TableReference; readonly by: { readonly schema: string; readonly name: string } }

/** True where both trees are equal but for the replaced tables, which lose their AT clause and keep the name by which columns call them. */
export function sameStatement(first: Tree, rewritten: Tree, replaced: readonly ReplacedReference[]): boolean {
  const meant = new Map(replaced.map((one) => [one.reference.offset, one]))
  const met = new Set<number>()
  const same = (a: TreeValue | undefined, b: TreeValue | undefined): boolean => {
    if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && (a as readonly TreeValue[]).every((item, i) => same(item, (b as readonly TreeValue[])[i]))
    if (a instanceof LosslessNumber) return b instanceof LosslessNumber && a.value === b.value
    if (!isNode(a)) return a === b
    if (!isNode(b)) return false
    const offset = a['type'] === 'BASE_TABLE' ? Number(String(a['query_location'])) : undefined
    const one = offset === undefined ? undefined : meant.get(offset)
    if (offset !== undefined && one !== undefined) met.add(offset)
    return sameMembers(one === undefined ? a : standIn(a, one), b, same)
  }
  return same(first.statements, rewritten.statements) && met.size === meant.size
}

function sameMembers(a: TreeNode, b: TreeNode, same: (a: TreeValue | undefined, b: TreeValue | undefined) => boolean): boolean {
  const members = Object.keys(a)
  if (members.length !== Object.keys(b).length) return false
  return members.every((member) => Object.hasOwn(b, member) && (member === 'query_location' || same(a[member], b[member])))
}

const standIn = (node: TreeNode, { reference, by }: ReplacedReference): TreeNode =>
  ({ ...node, schema_name: by.schema, table_name: by.name, alias: reference.alias === '' ? reference.spelled : reference.alias, at_clause: null })
