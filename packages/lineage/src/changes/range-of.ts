// Where a column lies of which a value is known that was computed from it: at the value itself, or, for functions that round times down,
// at most one step above it.

import type { TreeNode } from '@tulle/sql'
import { constantOf, nodesOf, textOf, textsOf } from '../statement/node.ts'
import { call, has } from '../provenance/build-tree.ts'

/** `least` and `most` are inclusive, and wider than need be where it is not known better. */
export interface ColumnRange { readonly name: string; readonly least: TreeNode; readonly most: TreeNode }

const STEPS: ReadonlyMap<string, string> = new Map([...['second', 'minute', 'hour', 'day', 'week', 'month', 'year'].map((unit): [string, string] => [unit, `1 ${unit}`]), ['quarter', '3 months']])

/** `known` is a value of the expression. Undefined where nothing is known of the column. */
export function rangeOf(value: TreeNode, known: TreeNode): ColumnRange | undefined {
  const name = columnOf(value)
  if (name !== undefined) return { name, least: known, most: known }
  if (value['class'] !== 'FUNCTION') return undefined
  const [first, second, ...more] = nodesOf(value['children'])
  const called = textOf(value['function_name']).toLowerCase()
  const rounded = second === undefined ? undefined : columnOf(second)
  if (first === undefined || rounded === undefined || more.length > 0) return undefined
  const step = called === 'date_trunc' || called === 'datetrunc' ? stepOf(first) : called === 'time_bucket' && !has(first, 'COLUMN_REF') ? first : undefined
  return step === undefined ? undefined : { name: rounded, least: known, most: call('add', [known, { ...step, alias: '' }]) }
}

/** The last word is the column's, the first the relation's. */
function columnOf(value: TreeNode): string | undefined {
  const words = textsOf(value['column_names'])
  return value['class'] === 'COLUMN_REF' && words.length === 2 ? words[1] : undefined
}

function stepOf(unit: TreeNode): TreeNode | undefined {
  const step = STEPS.get(constantOf(unit)?.toLowerCase() ?? '')
  if (step === undefined) return undefined
  const text: TreeNode = { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: step } }
  return { class: 'CAST', type: 'OPERATOR_CAST', alias: '', child: text, cast_type: { id: 'INTERVAL', type_info: null }, try_cast: false }
}
