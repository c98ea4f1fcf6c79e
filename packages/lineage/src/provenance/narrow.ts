// A model and a condition on its result to one query for each table that it reads: the rows that made those rows. The queries are
// plain statements over what the model reads, so whoever asks them sees of it what their rights give. What cannot be narrowed is
// refused with a code, and never guessed. Pure. The definition stands in docs/lineage.md.

import type { Tree, TreeNode } from '@tulle/sql'
import type { TableName } from '../types.ts'
import { nodeOf } from '../statement/node.ts'
import { and, column, conjuncts, has, or, selectOf, star } from './build-tree.ts'
import { conditionOf, conditionOn, rowsOf } from './demand.ts'
import type { Condition } from './demand.ts'
import { normalForm } from './normal-form.ts'
import type { NormalForm } from './normal-form.ts'
import { DemandPusher } from './push-demand.ts'
import type { Wanted } from './push-demand.ts'
import { Refused } from './types.ts'
import type { NarrowOptions, RefusalCode } from './types.ts'

export interface NarrowedRead {
  readonly table: TableName
  /** A statement's tree, for the engine to print. */
  readonly statement: TreeNode
  /** One that reads this table alone, and may give more rows: with them, too, the row comes out. Absent where `statement` is one. */
  readonly alone?: { readonly statement: TreeNode; /** All rows that there are. */ readonly isAll: boolean }
}

export type Narrowed = { readonly kind: 'narrowed'; readonly reads: readonly NarrowedRead[] } | { readonly kind: 'refused'; readonly code: RefusalCode; readonly why: string }

/** `condition` names columns of the result. */
export function narrow(model: Tree, condition: TreeNode, options: NarrowOptions): Narrowed {
  return narrowTo(model, (names) => {
    if (has(condition, 'SUBQUERY')) throw new Refused('condition-asks-a-query', 'the condition asks a query')
    return conjuncts(condition).map((part) => {
      const asked = conditionOf(part, (name) => names.find((one) => one.toLowerCase() === name.toLowerCase()))
      if ('unknown' in asked) throw new Refused('unknown-column', `the result has no column "${asked.unknown}"`)
      return asked
    })
  }, options)
}

/** By conditions on the columns that the result has. */
export function narrowTo(model: Tree, conditionsOn: (names: readonly string[]) => readonly Condition[], options: NarrowOptions): Narrowed {
  const top = nodeOf(model.statements[0]?.['node'])
  if (top === undefined || model.statements.length !== 1) return { kind: 'refused', code: 'not-one-statement', why: 'it is not one statement' }
  try {
    const form = normalForm(top, options)
    const { query } = form
    const conditions = conditionsOn(query.names)
    const pusher = new DemandPusher(form)
    pusher.root({ conditions, members: [], exact: rowsOf(query.node, query.names, conditions) })
    return { kind: 'narrowed', reads: [...pusher.wanted.values()].map((wanted) => readOf(form, wanted)) }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', code: error.code, why: error.message }
    throw error
  }
}

function readOf({ withQueries }: NormalForm, { table, item, occurrences }: Wanted): NarrowedRead {
  const from: TreeNode = { ...item.node, alias: 'read' }
  const said = (alias: string, node: TreeNode): TreeNode => conditionOn(alias, node).build((name) => column(['read', name]))
  const parts = occurrences.map(({ alias, own, among }) => ({ own: own.map((one) => said(alias, one)), all: [...own, ...among].map((one) => said(alias, one)) }))
  const where = either(parts.map(({ all }) => all))
  const plain = either(parts.map(({ own }) => own.filter((one) => !has(one, 'SUBQUERY'))))
  const isPlain = where.every((one) => !has(one, 'SUBQUERY'))
  const statement = (conditions: readonly TreeNode[], queries: TreeNode): TreeNode => ({ node: { ...selectOf([star('read')], from, conditions), cte_map: queries }, named_param_map: [] })
  return { table, statement: statement(where, isPlain ? { map: [] } : withQueries), ...(!isPlain && { alone: { statement: statement(plain, { map: [] }), isAll: plain.length === 0 } }) }
}

/** No condition at all where one of them is none. */
function either(all: readonly (readonly TreeNode[])[]): readonly TreeNode[] {
  const unique = [...new Map(all.map((one) => [JSON.stringify(one), and(one)])).values()]
  const some = unique.filter((one) => one !== undefined)
  const whole = some.length < unique.length ? undefined : or(some)
  return whole === undefined ? [] : [whole]
}
