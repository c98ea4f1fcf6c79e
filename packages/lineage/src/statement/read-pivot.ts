// PIVOT: values of rows become columns. UNPIVOT: columns become rows.

import type { TreeNode } from '@tulle/sql'
import type { Flow } from './flow.ts'
import { CONDITION, deciding, FILTER, GROUP, join, NOTHING } from './flow.ts'
import { nameOf, nodeOf, nodesOf, plainValue, textOf, textsOf } from './node.ts'
import type { Column, From, Reading, Rows, Scope } from './scope.ts'
import { starColumns } from './star.ts'

export function readPivot(reading: Reading, node: TreeNode, enclosing: Scope): Rows {
  const from = reading.table(nodeOf(node['source']) ?? {}, enclosing)
  const scope: Scope = { from, ctes: enclosing.ctes, outer: enclosing }
  const given = starColumns(reading, { class: 'STAR' }, scope)
  return textsOf(node['unpivot_names']).length > 0 ? unpivot(reading, node, { from, scope, given }) : pivot(reading, node, { from, scope, given })
}

interface Source { readonly from: From; readonly scope: Scope; readonly given: readonly Column[] }

function pivot(reading: Reading, node: TreeNode, { from, scope, given }: Source): Rows {
  const aggregates = nodesOf(node['aggregates'])
  const pivots = nodesOf(node['pivots'])
  const keys = pivots.flatMap((one) => nodesOf(one['pivot_expressions']))
  const used = new Set([...aggregates, ...keys].flatMap(columnNames))
  const named = textsOf(node['groups']).map((name) => name.toLowerCase())
  const groups = given.filter(({ name, open }) => (named.length > 0 ? named.includes(name.toLowerCase()) : open !== undefined || !used.has(name.toLowerCase())))
  const deciders = keys.map((key) => reading.expression(key, scope))
  const values = combinations(pivots.map((one) => entryNames(reading, one))).flatMap((label) => aggregates.map((aggregate) => {
    const alias = aggregates.length > 1 || textOf(aggregate['alias']) !== '' ? `_${nameOf(aggregate)}` : ''
    return { name: `${label.join('_')}${alias}`, flow: join([join([reading.expression(aggregate, scope)], 2), deciding(deciders, CONDITION)]) }
  }))
  return { columns: [...groups, ...values], rows: join([from.rows, deciding(groups.map(({ flow }) => flow), GROUP)]) }
}

export function columnNames(node: TreeNode): readonly string[] {
  if (node['class'] === 'COLUMN_REF') return [textsOf(node['column_names']).at(-1)?.toLowerCase() ?? '']
  return Object.values(node).flatMap((value) => (Array.isArray(value) ? nodesOf(value).flatMap(columnNames) : nodeOf(value) === undefined ? [] : columnNames(nodeOf(value) as TreeNode)))
}

/** What the columns of one FOR are called. */
function entryNames(reading: Reading, pivot: TreeNode): readonly string[] {
  if (textOf(pivot['pivot_enum']) !== '') reading.guesses.add('The values of a PIVOT over a type are not known.')
  return nodesOf(pivot['entries']).map((entry) => textOf(entry['alias']) || nodesOf(entry['values']).map((value) => plainValue(value) ?? 'NULL').join('_'))
}

const combinations = (lists: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  lists.reduce<readonly (readonly string[])[]>((before, list) => before.flatMap((start) => list.map((name) => [...start, name])), [[]])

function unpivot(reading: Reading, node: TreeNode, { from, scope, given }: Source): Rows {
  const values = textsOf(node['unpivot_names'])
  const [over] = nodesOf(node['pivots'])
  const entries = nodesOf(over?.['entries']).flatMap((entry) => entryColumns(reading, entry, { scope, given, width: values.length }))
  const taken = new Set(entries.flatMap(({ names }) => names))
  const flows = values.map((_, i) => join(entries.map((entry) => entry.flows[i] ?? NOTHING)))
  const names = textsOf(over?.['unpivot_names']).map((name): Column => ({ name, flow: NOTHING }))
  // A row is left out where its value is null.
  const rows = node['include_nulls'] === true ? NOTHING : deciding(flows, FILTER)
  return { columns: [...given.filter(({ name, open }) => open !== undefined || !taken.has(name.toLowerCase())), ...names, ...values.map((name, i) => ({ name, flow: flows[i] ?? NOTHING }))], rows: join([from.rows, rows]) }
}

interface Entry { readonly names: readonly string[]; readonly flows: readonly Flow[] }

/** The columns that one entry of ON takes: by name, by an expression, or by a star. */
function entryColumns(reading: Reading, entry: TreeNode, { scope, given, width }: { readonly scope: Scope; readonly given: readonly Column[]; readonly width: number }): readonly Entry[] {
  const star = nodeOf(entry['star_expr'])
  if (star !== undefined && star['class'] === 'STAR') return starColumns(reading, star, scope).map(({ name, flow }) => ({ names: [name.toLowerCase()], flows: Array.from({ length: width }, () => flow) }))
  if (star !== undefined) return [{ names: columnNames(star), flows: [reading.expression(star, scope)] }]
  const names = nodesOf(entry['values']).map((value) => (plainValue(value) ?? '').toLowerCase())
  return [{ names, flows: names.map((name) => given.find((column) => column.name.toLowerCase() === name)?.flow ?? NOTHING) }]
}
