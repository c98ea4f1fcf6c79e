// One node made real: views, tables, incremental models by their strategy, snapshots, seeds.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { ColumnFacts } from '../context/answers.ts'
import { quoted } from '../context/relation.ts'
import { messages } from '../messages.ts'
import { isMap, listOf, mapOf, textOf } from '../project/read-yaml.ts'
import type { Node } from '../types.ts'
import { withoutEnd } from './compile-node.ts'
import type { Address, Warehouse, Written } from './warehouse.ts'

export const addressOf = (node: Node): Address => ({ schema: node.schema, name: node.alias })
const spelled = ({ schema, name }: Address): string => `${quoted(schema)}.${quoted(name)}`
export const placeOfNode = (node: Node) => ({ file: node.file, line: 1, column: 1 })

/** A view or a table, with the contract's columns where one is enforced. */
export async function writeWhole(warehouse: Warehouse, node: Node, sql: string): Promise<Result<Written>> {
  const shaped = await keepContract(warehouse, node, sql)
  return shaped.ok ? warehouse.replace(addressOf(node), node.config['materialized'] === 'view' ? 'view' : 'table', shaped.value) : shaped
}

/** A contract promises columns and types: the query gives exactly these, or nothing is built. */
export async function keepContract(warehouse: Warehouse, node: Node, sql: string): Promise<Result<string>> {
  if (mapOf(node.config['contract'])['enforced'] !== true) return ok(sql)
  const given = await warehouse.columnsOf(sql)
  if (!given.ok) return given
  const typeless = node.columns.filter((column) => column.type === undefined)
  if (typeless.length > 0) return fail(...typeless.map((column) => messages['dbt-contract-type']({ node: node.name, column: column.name }, { place: placeOfNode(node) })))
  const typed = await warehouse.columnsOf(`select ${node.columns.map((column) => `cast(null as ${column.type ?? 'VARCHAR'}) as ${quoted(column.name)}`).join(', ')}`)
  if (!typed.ok) return typed
  const wanted = new Map(typed.value.map((column) => [column.name.toLowerCase(), column.type]))
  const actual = new Map(given.value.map((column) => [column.name.toLowerCase(), column.type]))
  const wrong = [
    ...[...wanted].filter(([name]) => !actual.has(name)).map(([column]) => messages['dbt-contract']({ node: node.name, column, detail: 'it is promised and missing' }, { place: placeOfNode(node) })),
    ...[...actual].filter(([name]) => !wanted.has(name)).map(([column]) => messages['dbt-contract']({ node: node.name, column, detail: 'it is not promised' }, { place: placeOfNode(node) })),
    ...[...wanted].filter(([name, type]) => actual.has(name) && family(actual.get(name) ?? '') !== family(type)).map(([column, type]) => messages['dbt-contract']({ node: node.name, column, detail: `it is ${actual.get(column) ?? ''}, promised is ${type}` }, { place: placeOfNode(node) })),
  ]
  if (wrong.length > 0) return fail(...wrong)
  const required = node.columns.filter((column) => column.constraints.some((one) => isMap(one) && one['type'] === 'not_null'))
  const shaped = `select ${node.columns.map((column) => `cast(${quoted(column.name)} as ${column.type ?? ''}) as ${quoted(column.name)}`).join(', ')} from (\n${withoutEnd(sql)}\n) as model`
  for (const column of required) {
    const nulls = await warehouse.query(`select count(*) from (\n${withoutEnd(sql)}\n) as model where ${quoted(column.name)} is null`)
    if (!nulls.ok) return nulls
    if (Number(nulls.value.rows[0]?.[0] ?? 0) > 0) return fail(messages['dbt-contract']({ node: node.name, column: column.name, detail: 'it is promised to be there in every row, and is not' }, { place: placeOfNode(node) }))
  }
  return ok(shaped)
}

// A contract's numeric type takes any precision of it.
const family = (type: string): string => type.replace(/\(.*\)$/u, '')

const TEMPORARY = 'tulle_new'

interface Batch {
  /** Rows of the relation that the new ones stand for, as a condition over `old`. */
  readonly covers?: string
}

/** Adds the new rows to what is there, by the model's strategy. Asked only where the relation is there already. */
export async function writeIncremental(warehouse: Warehouse, node: Node, sql: string, batch: Batch = {}): Promise<Result<Written>> {
  const address = addressOf(node)
  const before = await warehouse.relation(address.schema, address.name)
  if (before === undefined) return writeWhole(warehouse, node, sql)
  const shaped = await keepContract(warehouse, node, sql)
  if (!shaped.ok) return shaped
  const fresh: Address = { schema: address.schema, name: `${address.name}__${TEMPORARY}` }
  const written = await warehouse.replace(fresh, 'table', shaped.value)
  if (!written.ok) return written
  try {
    const now = await warehouse.relation(fresh.schema, fresh.name)
    const columns = settleColumns(node, before.columns, now?.columns ?? [])
    if (!columns.ok) return columns
    const done = await joinRows(warehouse, node, { address, fresh, columns: columns.value, same: sameColumns(before.columns, columns.value), ...batch })
    return done.ok ? ok({ rows: written.value.rows }) : done
  } finally {
    await warehouse.drop(fresh)
  }
}

interface Settled { readonly name: string; readonly type: string; readonly inOld: boolean; readonly inNew: boolean }

const sameColumns = (before: readonly ColumnFacts[], columns: readonly Settled[]): boolean => before.length === columns.length && columns.every((column) => column.inOld)

/** `on_schema_change`: which columns the relation has afterwards. */
function settleColumns(node: Node, before: readonly ColumnFacts[], now: readonly ColumnFacts[]): Result<readonly Settled[]> {
  const there = new Map(now.map((column) => [column.name.toLowerCase(), column]))
  const old = new Set(before.map((column) => column.name.toLowerCase()))
  const added = now.filter((column) => !old.has(column.name.toLowerCase()))
  const gone = before.filter((column) => !there.has(column.name.toLowerCase()))
  const change = textOf(node.config['on_schema_change'], 'ignore')
  const kept = before.map((column): Settled => ({ name: column.name, type: column.type, inOld: true, inNew: there.has(column.name.toLowerCase()) }))
  const more = added.map((column): Settled => ({ name: column.name, type: column.type, inOld: false, inNew: true }))
  switch (change) {
    case 'ignore':
      if (gone.length > 0) return fail(messages['dbt-schema-change']({ node: node.name, detail: `the query gives no ${gone.map((column) => column.name).join(', ')} any more` }, { place: placeOfNode(node) }))
      return ok(kept)
    case 'append_new_columns': return ok([...kept, ...more])
    case 'sync_all_columns': return ok([...kept.filter((column) => column.inNew), ...more])
    case 'fail':
      if (added.length + gone.length > 0) return fail(messages['dbt-schema-change']({ node: node.name, detail: `its columns changed: ${[...added, ...gone].map((column) => column.name).join(', ')}` }, { place: placeOfNode(node) }))
      return ok(kept)
    default: return fail(messages['dbt-config-word']({ node: node.name, key: 'on_schema_change', value: change, want: 'ignore, append_new_columns, sync_all_columns or fail' }, { place: placeOfNode(node) }))
  }
}

interface Joining extends Batch { readonly address: Address; readonly fresh: Address; readonly columns: readonly Settled[]; readonly same: boolean }

async function joinRows(warehouse: Warehouse, node: Node, { address, fresh, columns, same, covers }: Joining): Promise<Result<Written>> {
  const keys = listOf(node.config['unique_key']).map((key) => textOf(key))
  const strategy = textOf(node.config['incremental_strategy'], keys.length > 0 ? 'delete+insert' : 'append').replace('_', '+').replace('insert+overwrite', 'insert_overwrite')
  const [old, added] = [selected(columns, 'old'), selected(columns, 'new')]
  const [oldRows, newRows] = [`from ${spelled(address)} as old`, `from ${spelled(fresh)} as new`]
  const rewrite = (kept: string): Promise<Result<Written>> => warehouse.replace(address, 'table', `select ${old} ${oldRows} where ${kept}\nunion all\nselect ${added} ${newRows}`)
  // Rows whose key is null are no rows that another could replace.
  const matching = (names: readonly string[]): string => names.map((key) => `old.${keyName(key)} = new.${keyName(key)}`).join(' and ')
  switch (strategy) {
    case 'append':
      return same ? warehouse.append(address, `select ${added} ${newRows}`) : rewrite('true')
    case 'delete+insert':
      if (keys.length === 0) return same ? warehouse.append(address, `select ${added} ${newRows}`) : rewrite('true')
      return rewrite(`not exists (select 1 ${newRows} where ${matching(keys)})${predicates(node)}`)
    case 'merge':
      return keys.length === 0 ? (same ? warehouse.append(address, `select ${added} ${newRows}`) : rewrite('true')) : merge(warehouse, node, { address, fresh, columns, keys, matching: matching(keys) })
    case 'microbatch':
      return rewrite(`not (${covers ?? 'false'})`)
    case 'insert_overwrite': {
      const by = listOf(node.config['partition_by'] ?? node.config['partitioned_by']).map((one) => textOf(isMap(one) ? one['field'] : one))
      if (by.length === 0) return fail(messages['dbt-config-word']({ node: node.name, key: 'partition_by', value: '', want: 'the columns whose values part the rows' }, { place: placeOfNode(node) }))
      return rewrite(`not exists (select 1 ${newRows} where ${by.map((key) => `old.${keyName(key)} is not distinct from new.${keyName(key)}`).join(' and ')})`)
    }
    default: return fail(messages['dbt-config-word']({ node: node.name, key: 'incremental_strategy', value: textOf(node.config['incremental_strategy']), want: 'append, merge, delete+insert, microbatch or insert_overwrite' }, { place: placeOfNode(node) }))
  }
}

const keyName = (key: string): string => (/^\w+$/u.test(key) ? quoted(key) : key)

/** Old rows that the predicates leave out of the search stay, whatever their key. */
function predicates(node: Node): string {
  const given = listOf(node.config['incremental_predicates']).map((one) => textOf(one).replaceAll('DBT_INTERNAL_DEST', 'old').replaceAll('dbt_internal_dest', 'old'))
  return given.length === 0 ? '' : ` or not (${given.map((one) => `coalesce(${one}, false)`).join(' and ')})`
}

function selected(columns: readonly Settled[], of: 'old' | 'new'): string {
  return columns.map(({ name, type, inOld, inNew }) => `cast(${(of === 'old' ? inOld : inNew) ? `${of}.${quoted(name)}` : 'null'} as ${type}) as ${quoted(name)}`).join(', ')
}

interface Merging { readonly address: Address; readonly fresh: Address; readonly columns: readonly Settled[]; readonly keys: readonly string[]; readonly matching: string }

function merge(warehouse: Warehouse, node: Node, { address, fresh, columns, keys, matching }: Merging): Promise<Result<Written>> {
  const only = listOf(node.config['merge_update_columns']).map((one) => textOf(one).toLowerCase())
  const never = new Set(listOf(node.config['merge_exclude_columns']).map((one) => textOf(one).toLowerCase()))
  const updates = ({ name, inNew }: Settled): boolean => inNew && !never.has(name.toLowerCase()) && (only.length === 0 || only.includes(name.toLowerCase()))
  const first = keyName(keys[0] ?? '')
  const merged = columns.map((column) => {
    const [now, before] = [column.inNew ? `new.${quoted(column.name)}` : 'null', column.inOld ? `old.${quoted(column.name)}` : 'null']
    return `cast(${updates(column) ? now : `case when old.${first} is null then ${now} else ${before} end`} as ${column.type}) as ${quoted(column.name)}`
  })
  return warehouse.replace(address, 'table', `select ${selected(columns, 'old')} from ${spelled(address)} as old where not exists (select 1 from ${spelled(fresh)} as new where ${matching})${predicates(node)}\nunion all\nselect ${merged.join(', ')} from ${spelled(fresh)} as new left join ${spelled(address)} as old on ${matching}`)
}

