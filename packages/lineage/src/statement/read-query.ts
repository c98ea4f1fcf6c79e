// What each column of a query is made of, and what decides which rows it has.

import { AGGREGATE_FUNCTIONS } from '@tulle/sql'
import type { TreeNode, TreeValue } from '@tulle/sql'
import { isNode } from '@tulle/sql'
import type { Flow } from './flow.ts'
import { deciding, FILTER, GROUP, isSame, join, NOTHING, ORDER } from './flow.ts'
import { constantOf, nodeOf, nodesOf, textOf, textsOf } from './node.ts'
import type { Column, Reading, Rows, Scope } from './scope.ts'
import { NO_FROM } from './scope.ts'
import { listColumns } from './list-columns.ts'

export function readQuery(reading: Reading, node: TreeNode, enclosing: Scope): Rows {
  const scope = withQueries(reading, node, enclosing)
  switch (node['type']) {
    case 'SELECT_NODE': return select(reading, node, scope)
    case 'SET_OPERATION_NODE': return setOperation(reading, node, scope)
    case 'RECURSIVE_CTE_NODE': return recursion(reading, node, scope)
    default:
      reading.guesses.add(`A query of the kind ${textOf(node['type']).toLowerCase()} is not read.`)
      return { columns: [], rows: NOTHING }
  }
}

/** Each WITH query sees those before it. */
function withQueries(reading: Reading, node: TreeNode, scope: Scope): Scope {
  const entries = nodesOf(nodeOf(node['cte_map'])?.['map'])
  if (entries.length === 0) return scope
  const ctes = new Map(scope.ctes)
  for (const entry of entries) {
    const value = nodeOf(entry['value'])
    const rows = reading.query(nodeOf(nodeOf(value?.['query'])?.['node']) ?? {}, { ...scope, ctes: new Map(ctes) })
    ctes.set(textOf(entry['key']).toLowerCase(), { ...rows, columns: renamed(rows.columns, textsOf(value?.['aliases'])) })
  }
  return { ...scope, ctes }
}

/** Columns by new names, as far as there are any. */
export const renamed = (columns: readonly Column[], names: readonly string[]): readonly Column[] =>
  names.length === 0 ? columns : columns.map((column, i) => (names[i] === undefined ? column : { name: names[i], flow: column.flow, ...(column.type !== undefined && { type: column.type }) }))

function select(reading: Reading, node: TreeNode, enclosing: Scope): Rows {
  const from = isNode(node['from_table']) ? reading.table(node['from_table'], enclosing) : NO_FROM
  const aliases = new Map<string, Flow>()
  const scope: Scope = { from, ctes: enclosing.ctes, outer: enclosing, aliases }
  const { columns, rows: unnested, grouped } = listColumns(reading, nodesOf(node['select_list']), { scope, aliases, isAggregate })
  const flowOf = (value: TreeValue | undefined): Flow => (isNode(value) ? reading.expression(value, scope) : NOTHING)
  const groups = nodesOf(node['group_expressions']).map((expression) => byPosition(expression, columns) ?? flowOf(expression))
  const rows = join([
    from.rows, unnested,
    deciding([flowOf(node['where_clause'])], FILTER),
    deciding(node['aggregate_handling'] === 'FORCE_AGGREGATES' ? grouped : groups, GROUP),
    deciding([flowOf(node['having']), flowOf(node['qualify'])], FILTER),
    modifiers(reading, node, { columns, scope: { ...scope, aliasesFirst: true } }),
  ])
  return { columns, rows }
}

const byPosition = (expression: TreeNode, columns: readonly Column[]): Flow | undefined => {
  const place = constantOf(expression)
  return place === undefined || !/^\d+$/u.test(place) ? undefined : columns[Number(place) - 1]?.flow
}

/** DISTINCT, ORDER BY and LIMIT. */
function modifiers(reading: Reading, node: TreeNode, { columns, scope }: { readonly columns: readonly Column[]; readonly scope: Scope }): Flow {
  const all = columns.map(({ flow }) => flow)
  const flowOf = (value: TreeValue | undefined): Flow => (isNode(value) ? reading.expression(value, scope) : NOTHING)
  const flows = nodesOf(node['modifiers']).map((modifier) => {
    switch (modifier['type']) {
      case 'DISTINCT_MODIFIER': {
        const on = nodesOf(modifier['distinct_on_targets'])
        return deciding(on.length === 0 ? all : on.map((target) => byPosition(target, columns) ?? flowOf(target)), GROUP)
      }
      case 'ORDER_MODIFIER':
        return deciding(nodesOf(modifier['orders']).flatMap((order) => {
          const expression = nodeOf(order['expression'])
          if (expression === undefined) return []
          return expression['class'] === 'STAR' ? all : [byPosition(expression, columns) ?? flowOf(expression)]
        }), ORDER)
      default:
        return deciding([flowOf(modifier['limit']), flowOf(modifier['offset'])], FILTER)
    }
  })
  return join(flows)
}

function setOperation(reading: Reading, node: TreeNode, scope: Scope): Rows {
  const [left, right] = [node['left'], node['right']].map((side) => reading.query(nodeOf(side) ?? {}, scope)) as [Rows, Rows]
  const kind = textOf(node['setop_type'])
  const isUnion = kind.startsWith('UNION')
  const columns = kind === 'UNION_BY_NAME' ? byName(left.columns, right.columns) : byPlace(left.columns, right.columns, isUnion)
  const all = columns.map(({ flow }) => flow)
  const compared = isUnion ? (node['setop_all'] === true ? [] : [deciding(all, GROUP)]) : [deciding(all, GROUP), deciding(right.columns.map(({ flow }) => flow), FILTER)]
  const before = join([left.rows, right.rows, ...compared])
  const from = { relations: [{ alias: '', schema: '', columns }], merged: new Map(), rows: NOTHING }
  return { columns, rows: join([before, modifiers(reading, node, { columns, scope: { from, ctes: scope.ctes, outer: scope } })]) }
}

/** Of INTERSECT and EXCEPT only the left side's values come out. */
function byPlace(left: readonly Column[], right: readonly Column[], isUnion: boolean): readonly Column[] {
  if (!isUnion) return left
  return left.map((column, i) => {
    const other = right[i] ?? (right.at(-1)?.open === undefined ? undefined : right.at(-1))
    return other === undefined ? column : { ...column, flow: join([column.flow, other.flow]) }
  })
}

function byName(left: readonly Column[], right: readonly Column[]): readonly Column[] {
  const found = (columns: readonly Column[], name: string): Column | undefined => columns.find((column) => column.name.toLowerCase() === name.toLowerCase())
  return [
    ...left.map((column) => ({ ...column, flow: join([column.flow, found(right, column.name)?.flow ?? NOTHING]) })),
    ...right.filter(({ name }) => found(left, name) === undefined),
  ]
}

/** Goes around until nothing new flows. */
function recursion(reading: Reading, node: TreeNode, scope: Scope): Rows {
  const name = textOf(node['cte_name']).toLowerCase()
  const aliases = textsOf(node['aliases'])
  const first = reading.query(nodeOf(node['left']) ?? {}, scope)
  const compare = node['union_all'] !== true || nodesOf(node['key_targets']).length > 0
  let now: Rows = { rows: first.rows, columns: renamed(first.columns, aliases) }
  for (;;) {
    const next = reading.query(nodeOf(node['right']) ?? {}, { ...scope, ctes: new Map([...scope.ctes, [name, now]]) })
    const columns = now.columns.map((column, i) => ({ ...column, flow: join([column.flow, next.columns[i]?.flow ?? NOTHING]) }))
    const rows = join([now.rows, next.rows, ...(compare ? [deciding(columns.map(({ flow }) => flow), GROUP)] : [])])
    const isDone = isSame(rows, now.rows) && columns.every((column, i) => isSame(column.flow, now.columns[i]?.flow ?? NOTHING))
    now = { columns, rows }
    if (isDone) return now
  }
}

/** Whether an expression is one value of many rows. Windows and queries within are none. */
export function isAggregate(node: TreeNode): boolean {
  if (node['class'] === 'SUBQUERY' || node['class'] === 'WINDOW') return false
  if (node['class'] === 'FUNCTION' && AGGREGATE_FUNCTIONS.has(textOf(node['function_name']).toLowerCase())) return true
  return Object.values(node).some((value) => (isNode(value) ? isAggregate(value) : nodesOf(value).some(isAggregate)))
}

