// What flows into the value of an expression, and what only decides it.

import { AGGREGATE_FUNCTIONS } from '@tulle/sql'
import type { TreeNode, TreeValue } from '@tulle/sql'
import { isNode } from '@tulle/sql'
import type { Flow } from './flow.ts'
import { CONDITION, deciding, FILTER, join, NOTHING, ORDER, WINDOW } from './flow.ts'
import { callMacro } from './call-macro.ts'
import { constantOf, nodeOf, nodesOf, textOf, textsOf } from './node.ts'
import type { Reading, Scope } from './scope.ts'
import { inside, resolve } from './scope.ts'
import { starColumns } from './star.ts'

/** Never throws for a kind that it does not know: all that stands in it flows. */
export function readExpression(reading: Reading, node: TreeNode, scope: Scope): Flow {
  const flowOf = (value: TreeValue | undefined): Flow => (isNode(value) ? reading.expression(value, scope) : NOTHING)
  const flowsOf = (value: TreeValue | undefined): readonly Flow[] => nodesOf(value).map(flowOf)
  switch (node['class']) {
    case 'CONSTANT': case 'PARAMETER': case 'DEFAULT':
      return NOTHING
    case 'COLUMN_REF': {
      const names = textsOf(node['column_names'])
      const found = resolve(reading, scope, names)
      // Words like current_date are columns to the parser.
      if (found === undefined && !WORDS.has((names[0] ?? '').toLowerCase())) reading.guesses.add(`Nobody knows "${names.join('.')}".`)
      return found ?? NOTHING
    }
    case 'CASE': {
      const checks = nodesOf(node['case_checks'])
      return join([join([...checks.map((check) => flowOf(check['then_expr'])), flowOf(node['else_expr'])], 1), deciding(checks.map((check) => flowOf(check['when_expr'])), CONDITION)])
    }
    case 'FUNCTION':
      return call(reading, node, scope)
    case 'WINDOW':
      return window(node, flowOf, flowsOf)
    case 'SUBQUERY': {
      const { columns, rows } = reading.query(nodeOf(nodeOf(node['subquery'])?.['node']) ?? {}, { from: { relations: [], merged: new Map(), rows: NOTHING }, ctes: scope.ctes, outer: scope })
      const kind = textOf(node['subquery_type'])
      if (kind === 'EXISTS' || kind === 'NOT_EXISTS') return deciding([rows], CONDITION)
      return join([flowOf(node['child']), join([...columns.map(({ flow }) => flow), rows], 1)], 1)
    }
    case 'LAMBDA': {
      const parameters = lambdaNames(node['lhs'])
      return reading.expression(nodeOf(node['expr']) ?? {}, { ...scope, lambdas: new Map([...scope.lambdas ?? [], ...parameters.map((name) => [name, NOTHING] as const)]) })
    }
    case 'STAR':
      return reading.stars.get(node) ?? join(starColumns(reading, node, scope).map(({ flow }) => flow))
    case 'OPERATOR': {
      const children = nodesOf(node['children'])
      if (node['type'] === 'STRUCT_EXTRACT') return inside(flowOf(children[0]), [constantOf(children[1]) ?? ''])
      if (node['type'] === 'ARRAY_EXTRACT' && constantOf(children[1]) !== undefined) return inside(flowOf(children[0]), [constantOf(children[1]) ?? ''])
      return join(flowsOf(node['children']), 1)
    }
    case 'CAST': {
      return join([flowOf(node['child'])], 1)
    }
    case 'POSITIONAL_REFERENCE': {
      const column = scope.from.relations.flatMap(({ columns }) => columns)[Number(String(node['index'])) - 1]
      return column?.flow ?? NOTHING
    }
    default:
      return join(Object.values(node).flatMap((value) => (isNode(value) ? [flowOf(value)] : flowsOf(value))), 1)
  }
}

/** Names that are no columns. */
export const WORDS: ReadonlySet<string> = new Set(['current_date', 'current_timestamp', 'current_time', 'localtime', 'localtimestamp', 'current_user', 'user', 'session_user', 'current_schema', 'current_catalog'])

/** The second argument only says which row's first is taken. */
const CHOOSING: ReadonlySet<string> = new Set(['arg_max', 'arg_min', 'argmax', 'argmin', 'max_by', 'min_by', 'arg_max_null', 'arg_min_null', 'arg_max_nulls_last', 'arg_min_nulls_last'])
/** Functions of a list and a lambda, whose result are elements that the lambda only chooses. */
const SIFTING: ReadonlySet<string> = new Set(['list_filter', 'array_filter', 'filter'])

function call(reading: Reading, node: TreeNode, scope: Scope): Flow {
  const name = textOf(node['function_name']).toLowerCase()
  const children = nodesOf(node['children'])
  const flowOf = (child: TreeNode | undefined): Flow => (child === undefined ? NOTHING : reading.expression(child, scope))
  const macro = reading.macros.get(name)
  if (macro !== undefined) return callMacro(reading, macro, children, scope)
  if (name === 'struct_pack' || name === 'row') {
    const members = children.map((child, i) => [(textOf(child['alias']) || textsOf(child['column_names']).at(-1) || `${i}`).toLowerCase(), flowOf(child)] as const)
    return { ...join(members.map(([, flow]) => flow), 1), members: new Map(members) }
  }
  if (name === 'struct_extract') return inside(flowOf(children[0]), [constantOf(children[1]) ?? ''])
  if (name === 'nullif') return join([flowOf(children[0]), deciding([flowOf(children[1])], CONDITION)], 1)
  if (name === 'if' && children.length === 3) return join([join([flowOf(children[1]), flowOf(children[2])], 1), deciding([flowOf(children[0])], CONDITION)])
  const lambda = children.find((child) => child['class'] === 'LAMBDA')
  if (lambda !== undefined) return withLambda(reading, { name, children, lambda }, scope)
  const isAggregate = AGGREGATE_FUNCTIONS.has(name)
  const extra = [
    deciding([flowOf(nodeOf(node['filter']))], FILTER),
    deciding(nodesOf(nodeOf(node['order_bys'])?.['orders']).map((order) => flowOf(nodeOf(order['expression']))), ORDER),
  ]
  if (CHOOSING.has(name)) return join([join([flowOf(children[0])], 2), deciding(children.slice(1).map(flowOf), ORDER), ...extra])
  return join([join(children.map(flowOf), isAggregate ? 2 : 1), ...extra])
}

/** Parameters of a lambda are elements of the lists that stand before it; what else the lambda reads flows, too, or only decides. */
function withLambda(reading: Reading, { name, children, lambda }: { readonly name: string; readonly children: readonly TreeNode[]; readonly lambda: TreeNode }, scope: Scope): Flow {
  const others = children.filter((child) => child !== lambda).map((child) => reading.expression(child, scope))
  const elements = join(others, 1)
  const lambdas = new Map([...scope.lambdas ?? [], ...lambdaNames(lambda['lhs']).map((parameter) => [parameter, elements] as const)])
  const result = reading.expression(nodeOf(lambda['expr']) ?? {}, { ...scope, lambdas })
  // How long the list is shows through whatever the lambda makes of its elements.
  return SIFTING.has(name) ? join([elements, deciding([result], CONDITION)]) : join([join([result], 1), elements])
}

export function lambdaNames(lhs: TreeValue | undefined): readonly string[] {
  if (!isNode(lhs)) return []
  const own = textsOf(lhs['column_names']).at(-1)
  return own !== undefined ? [own.toLowerCase()] : nodesOf(lhs['children']).flatMap(lambdaNames)
}

/** Windows whose value is a value of a row, and those that only count where a row stands. */
const COUNTING: ReadonlySet<string> = new Set(['WINDOW_ROW_NUMBER', 'WINDOW_RANK', 'WINDOW_RANK_DENSE', 'WINDOW_PERCENT_RANK', 'WINDOW_CUME_DIST', 'WINDOW_NTILE'])

function window(node: TreeNode, flowOf: (value: TreeValue | undefined) => Flow, flowsOf: (value: TreeValue | undefined) => readonly Flow[]): Flow {
  const kind = textOf(node['type'])
  const [value = NOTHING, ...more] = flowsOf(node['children'])
  const orders = [...nodesOf(node['orders']), ...nodesOf(node['arg_orders'])].map((order) => flowOf(order['expression']))
  const framed = [...flowsOf(node['partitions']), ...orders, flowOf(node['start_expr']), flowOf(node['end_expr']), flowOf(node['offset_expr'])]
  const decides = [deciding(framed, WINDOW), deciding([flowOf(node['filter_expr'])], FILTER)]
  if (COUNTING.has(kind)) return join([deciding([value, ...more], WINDOW), ...decides])
  const values = kind === 'WINDOW_AGGREGATE' ? [join([value, ...more], 2)] : [join([value, flowOf(node['default_expr'])], 1), deciding(more, WINDOW)]
  return join([...values, ...decides])
}
