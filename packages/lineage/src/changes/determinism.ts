// What gives another value each time, or hangs on the order in which rows come: kept in step by its changes alone, it would be
// another result than that of the whole statement.

import type { TreeNode } from '@tulle/sql'
import { nodesOf, nodeOf, textOf, textsOf } from '../statement/node.ts'
import { WORDS } from '../statement/read-expression.ts'
import { everyNode } from '../provenance/build-tree.ts'
import { Obstructed } from './types.ts'

const CLOCK: ReadonlySet<string> = new Set(['now', 'today', 'current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp', 'get_current_time', 'get_current_timestamp', 'transaction_timestamp', 'current_localtime', 'current_localtimestamp'])
const CHANCE: ReadonlySet<string> = new Set(['random', 'gen_random_uuid', 'uuid', 'uuidv4', 'uuidv7', 'setseed', 'nextval', 'currval', 'txid_current'])
const ORDERED: ReadonlySet<string> = new Set(['first', 'last', 'any_value', 'arbitrary', 'list', 'array_agg', 'string_agg', 'group_concat', 'listagg'])

/** Throws `Obstructed`. */
export function checkDeterminism(statement: TreeNode): void {
  for (const node of everyNode(statement)) {
    const words = textsOf(node['column_names'])
    if (node['class'] === 'COLUMN_REF' && words.length === 1 && WORDS.has((words[0] ?? '').toLowerCase())) refuseClock(words[0] ?? '')
    if (node['class'] !== 'FUNCTION' && node['class'] !== 'WINDOW') continue
    const name = textOf(node['function_name']).toLowerCase()
    if (CLOCK.has(name) || (name === 'age' && nodesOf(node['children']).length === 1)) refuseClock(name)
    if (CHANCE.has(name)) throw new Obstructed(`${name}()`, 'leave chance out: the rows that stay would have other values than those that come')
    const isOrdered = nodesOf(nodeOf(node['order_bys'])?.['orders']).length > 0
    if (node['class'] === 'FUNCTION' && ORDERED.has(name) && !isOrdered) throw new Obstructed(`${name}() without an order`, `write ${name}(… ORDER BY …), or min() or max()`)
  }
}

function refuseClock(name: string): never {
  throw new Obstructed(name, 'compare with a column instead of the clock, or leave "refresh" out: a row that changes as time passes is no change of what is read')
}
