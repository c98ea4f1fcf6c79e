// What a FROM brings: its relations by alias, the columns of each, and what decides which rows there are.

import type { TreeNode } from '@tulle/sql'
import { isNode } from '@tulle/sql'
import type { TableName } from '../types.ts'
import type { Flow } from './flow.ts'
import { deciding, flowOf, join, JOIN, NOTHING } from './flow.ts'
import { callTableMacro } from './call-macro.ts'
import { membersOf } from './list-columns.ts'
import { constantOf, nodeOf, nodesOf, textOf, textsOf } from './node.ts'
import { readPivot } from './read-pivot.ts'
import { renamed } from './read-query.ts'
import type { Column, From, Reading, Relation, Scope } from './scope.ts'
import { columnOf, NO_FROM } from './scope.ts'

export function readTable(reading: Reading, node: TreeNode, scope: Scope): From {
  switch (node['type']) {
    case 'EMPTY': return NO_FROM
    case 'BASE_TABLE': return baseTable(reading, node, scope)
    case 'SUBQUERY': {
      const { columns, rows } = reading.query(nodeOf(nodeOf(node['subquery'])?.['node']) ?? {}, scope)
      return one(node, columns, rows)
    }
    case 'JOIN': return joined(reading, node, scope)
    case 'TABLE_FUNCTION': return tableFunction(reading, node, scope)
    case 'EXPRESSION_LIST': {
      const rows = Array.isArray(node['values']) ? node['values'].map((row) => nodesOf(row).map((value) => reading.expression(value, scope))) : []
      const columns = (rows[0] ?? []).map((_, i) => ({ name: `col${i}`, flow: join(rows.map((row) => row[i] ?? NOTHING)) }))
      return one(node, renamed(columns, textsOf(node['expected_names'])), NOTHING)
    }
    case 'PIVOT': {
      const { columns, rows } = readPivot(reading, node, scope)
      return one(node, columns, rows)
    }
    case 'SHOW_REF': {
      const { columns, rows } = reading.query(nodeOf(node['query']) ?? {}, scope)
      return one(node, SUMMARY.map((name) => ({ name, flow: join(columns.map(({ flow }) => flow), 2) })), rows)
    }
    default:
      reading.guesses.add(`A FROM of the kind ${textOf(node['type']).toLowerCase()} is not read.`)
      return NO_FROM
  }
}

/** What SUMMARIZE gives. */
const SUMMARY = ['column_name', 'column_type', 'min', 'max', 'approx_unique', 'avg', 'std', 'q25', 'q50', 'q75', 'count', 'null_percentage']

function one(node: TreeNode, columns: readonly Column[], rows: Flow, name = ''): From {
  const alias = (textOf(node['alias']) || name).toLowerCase()
  return { relations: [{ alias, schema: '', columns: renamed(columns, textsOf(node['column_name_alias'])) }], merged: new Map(), rows }
}

function baseTable(reading: Reading, node: TreeNode, { ctes }: Scope): From {
  const name = textOf(node['table_name'])
  const [catalogue, inCatalogue] = [textOf(node['catalog_name']), textOf(node['schema_name'])]
  const cte = inCatalogue === '' || inCatalogue === 'recurring' ? ctes.get(name.toLowerCase()) : undefined
  if (cte !== undefined) return one(node, cte.columns, cte.rows, name)
  const table: TableName = { schema: [catalogue, inCatalogue].filter(Boolean).join('.').toLowerCase(), name: name.toLowerCase() }
  const relation: Relation = { alias: (textOf(node['alias']) || name).toLowerCase(), schema: table.schema, columns: renamed(columnsOfTable(reading, table), textsOf(node['column_name_alias'])) }
  return { relations: [relation], merged: new Map(), rows: NOTHING }
}

export function columnsOfTable(reading: Reading, table: TableName): readonly Column[] {
  reading.tables.set(`${table.schema}\u0000${table.name}`, table)
  const known = reading.columnsOf(table)
  if (known === undefined) return [{ name: '*', open: table, flow: flowOf(reading.columns.idOf({ ...table, column: '*' })) }]
  return known.map((column) => ({ ...column, flow: flowOf(reading.columns.idOf({ ...table, column: column.name })) }))
}

function joined(reading: Reading, node: TreeNode, scope: Scope): From {
  const left = reading.table(nodeOf(node['left']) ?? {}, scope)
  // What stands to the right may name what stands to the left of it.
  const right = reading.table(nodeOf(node['right']) ?? {}, { from: left, ctes: scope.ctes, outer: scope })
  const kind = textOf(node['join_type'])
  const using = node['ref_type'] === 'NATURAL' ? common(reading, left, right) : textsOf(node['using_columns'])
  const merged = new Map([...right.merged, ...left.merged])
  const keys: Flow[] = []
  for (const name of using) {
    const [ours, theirs] = [named(reading, left, name), named(reading, right, name)]
    keys.push(ours, theirs)
    merged.set(name.toLowerCase(), kind === 'RIGHT' ? theirs : kind === 'OUTER' || kind === 'FULL' ? join([ours, theirs]) : ours)
  }
  const both: From = { relations: [...left.relations, ...right.relations], merged, rows: NOTHING }
  const condition = isNode(node['condition']) ? reading.expression(node['condition'], { from: both, ctes: scope.ctes, outer: scope }) : NOTHING
  const rows = join([left.rows, right.rows, deciding([...keys, condition], JOIN)])
  return kind === 'SEMI' || kind === 'ANTI' ? { ...left, rows } : { ...both, rows }
}

const named = (reading: Reading, { relations, merged }: From, name: string): Flow =>
  merged.get(name.toLowerCase()) ?? join(relations.flatMap((relation) => columnOf(reading, relation, name)?.flow ?? []))

function common(reading: Reading, left: From, right: From): readonly string[] {
  const [ours, theirs] = [left, right].map(({ relations }) => relations.flatMap(({ columns }) => columns)) as [Column[], Column[]]
  if ([...ours, ...theirs].some(({ open }) => open !== undefined)) reading.guesses.add('A NATURAL JOIN of tables whose columns nobody knows.')
  const names = new Set(theirs.map(({ name }) => name.toLowerCase()))
  return [...new Set(ours.map(({ name }) => name.toLowerCase()))].filter((name) => names.has(name))
}

function tableFunction(reading: Reading, node: TreeNode, scope: Scope): From {
  const call = nodeOf(node['function']) ?? {}
  const name = textOf(call['function_name']).toLowerCase()
  const children = nodesOf(call['children'])
  const macro = reading.macros.get(name)
  if (macro !== undefined) {
    const { columns, rows } = callTableMacro(reading, macro, children, scope)
    return one(node, columns, rows, name)
  }
  const ordinality: readonly Column[] = node['with_ordinality'] === 'WITH_ORDINALITY' ? [{ name: 'ordinality', flow: NOTHING }] : []
  const flows = children.map((child) => reading.expression(child, scope))
  if (COMPUTING.has(name)) {
    const members = children[0]?.['class'] === 'COLUMN_REF' ? membersIn(scope, children[0]) : undefined
    // What it computes from decides how many rows there are.
    return one(node, [...(members ?? [name]).map((column) => ({ name: column, flow: join(flows, 1) })), ...ordinality], deciding(flows, JOIN), name)
  }
  const path = constantOf(children[0])
  return one(node, [...columnsOfTable(reading, { schema: '', name: path ?? `${name}()` }), ...ordinality], deciding(flows, JOIN), name)
}

/** Functions that read nothing but their arguments. */
const COMPUTING: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree', 'repeat', 'repeat_row', 'regexp_split_to_table'])

function membersIn(scope: Scope, column: TreeNode): readonly string[] | undefined {
  const last = textsOf(column['column_names']).at(-1)?.toLowerCase()
  const found = scope.from.relations.flatMap(({ columns }) => columns).find(({ name }) => name.toLowerCase() === last)
  return membersOf(found?.type, false)
}
