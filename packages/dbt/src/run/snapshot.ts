// Snapshots: each version of a row with the time from which and until which it was so (SCD 2).

import type { Result } from '@tulle/kernel'
import { fail } from '@tulle/kernel'
import { quoted } from '../context/relation.ts'
import { messages } from '../messages.ts'
import { listOf, mapOf, textOf } from '../project/read-yaml.ts'
import type { Node } from '../types.ts'
import { addressOf, placeOfNode } from './materialise.ts'
import type { Warehouse, Written } from './warehouse.ts'

const NEW = 'tulle_new'

export async function writeSnapshot(warehouse: Warehouse, node: Node, sql: string, now: Date): Promise<Result<Written>> {
  const { config } = node
  const keys = listOf(config['unique_key']).map((key) => textOf(key))
  const strategy = textOf(config['strategy'])
  if (keys.length === 0) return fail(messages['dbt-config-word']({ node: node.name, key: 'unique_key', value: '', want: 'the column that tells rows apart' }, { place: placeOfNode(node) }))
  if (strategy !== 'timestamp' && strategy !== 'check') return fail(messages['dbt-config-word']({ node: node.name, key: 'strategy', value: strategy, want: 'timestamp or check' }, { place: placeOfNode(node) }))
  if (strategy === 'timestamp' && textOf(config['updated_at']) === '') return fail(messages['dbt-config-word']({ node: node.name, key: 'updated_at', value: '', want: 'the column with the time of the last change' }, { place: placeOfNode(node) }))
  const address = addressOf(node)
  const fresh = { schema: address.schema, name: `${address.name}__${NEW}` }
  const written = await warehouse.replace(fresh, 'table', sql)
  if (!written.ok) return written
  try {
    const source = (await warehouse.relation(fresh.schema, fresh.name))?.columns ?? []
    const before = await warehouse.relation(address.schema, address.name)
    const plan = planOf(node, { keys, strategy, now, columns: source.map((column) => column.name) })
    if (before === undefined) return await warehouse.replace(address, 'table', firstVersions(plan, spelled(fresh)))
    const extra = new Set([plan.names.id, plan.names.updated, plan.names.from, plan.names.to, plan.names.deleted])
    const old = before.columns.filter((column) => !extra.has(column.name))
    return await warehouse.replace(address, 'table', nextVersions(plan, { fresh: spelled(fresh), old: spelled(address), columns: [...old, ...source.filter((column) => !old.some((one) => one.name.toLowerCase() === column.name.toLowerCase()))], inOld: new Set(old.map((column) => column.name.toLowerCase())), inNew: new Set(source.map((column) => column.name.toLowerCase())) }))
  } finally {
    await warehouse.drop(fresh)
  }
}

const spelled = ({ schema, name }: { readonly schema: string; readonly name: string }): string => `${quoted(schema)}.${quoted(name)}`

interface Plan {
  readonly key: (of: string) => readonly string[]
  /** When the source's row became so. */
  readonly updated: string
  readonly changed: string
  readonly scd: string
  readonly now: string
  readonly current: string | undefined
  readonly deletes: 'ignore' | 'invalidate' | 'new_record'
  readonly names: { readonly id: string; readonly updated: string; readonly from: string; readonly to: string; readonly deleted: string }
}

function planOf(node: Node, { keys, strategy, now, columns }: { readonly keys: readonly string[]; readonly strategy: string; readonly now: Date; readonly columns: readonly string[] }): Plan {
  const { config } = node
  const given = mapOf(config['snapshot_meta_column_names'])
  const named = (name: string): string => textOf(given[name], name)
  const names = { id: named('dbt_scd_id'), updated: named('dbt_updated_at'), from: named('dbt_valid_from'), to: named('dbt_valid_to'), deleted: named('dbt_is_deleted') }
  const time = `timestamp '${now.toISOString().replace('T', ' ').replace('Z', '')}'`
  const column = (key: string): string => (/^\w+$/u.test(key) ? quoted(key) : key)
  const updated = strategy === 'timestamp' ? `cast(src.${column(textOf(config['updated_at']))} as timestamp)` : textOf(config['updated_at']) === '' ? time : `cast(src.${column(textOf(config['updated_at']))} as timestamp)`
  const checked = config['check_cols'] === 'all' ? columns : listOf(config['check_cols']).map((one) => textOf(one))
  const changed = strategy === 'timestamp' ? `cur.${quoted(names.from)} < ${updated}` : checked.map((one) => `cur.${quoted(one)} is distinct from src.${quoted(one)}`).join(' or ') || 'false'
  const parts = [...keys.map((key) => `src.${column(key)}`), updated].map((part) => `coalesce(cast(${part} as varchar), '')`)
  const deletes = textOf(config['hard_deletes'], config['invalidate_hard_deletes'] === true ? 'invalidate' : 'ignore')
  return {
    key: (of) => keys.map((key) => `${of}.${column(key)}`),
    updated, changed, now: time,
    scd: `md5(${parts.join(" || '|' || ")})`,
    current: textOf(config['dbt_valid_to_current']) || undefined,
    deletes: deletes === 'invalidate' || deletes === 'new_record' ? deletes : 'ignore',
    names,
  }
}

const open = ({ current }: Plan): string => (current === undefined ? 'cast(null as timestamp)' : `cast(${current} as timestamp)`)

function firstVersions(plan: Plan, fresh: string): string {
  const { names } = plan
  return `select src.*, ${plan.scd} as ${quoted(names.id)}, ${plan.updated} as ${quoted(names.updated)}, ${plan.updated} as ${quoted(names.from)}, ${open(plan)} as ${quoted(names.to)}${plan.deletes === 'new_record' ? `, 'False' as ${quoted(names.deleted)}` : ''} from ${fresh} as src`
}

interface Sides { readonly fresh: string; readonly old: string; readonly columns: readonly { readonly name: string; readonly type: string }[]; readonly inOld: ReadonlySet<string>; readonly inNew: ReadonlySet<string> }

function nextVersions(plan: Plan, { fresh, old, columns, inOld, inNew }: Sides): string {
  const { names, deletes } = plan
  const isCurrent = (of: string): string => (plan.current === undefined ? `${of}.${quoted(names.to)} is null` : `(${of}.${quoted(names.to)} is null or ${of}.${quoted(names.to)} = cast(${plan.current} as timestamp))`)
  const same = plan.key('cur').map((key, i) => `${key} = ${plan.key('src')[i] ?? ''}`).join(' and ')
  const from = (of: string, side: ReadonlySet<string>): string => columns.map(({ name, type }) => `cast(${side.has(name.toLowerCase()) ? `${of}.${quoted(name)}` : 'null'} as ${type}) as ${quoted(name)}`).join(', ')
  const facts = (id: string, updated: string, begins: string, ends: string, gone: string): string => `${id} as ${quoted(names.id)}, ${updated} as ${quoted(names.updated)}, ${begins} as ${quoted(names.from)}, ${ends} as ${quoted(names.to)}${deletes === 'new_record' ? `, ${gone} as ${quoted(names.deleted)}` : ''}`
  const cur = (name: string): string => `cur.${quoted(name)}`
  const missing = `${plan.key('src')[0] ?? ''} is null`
  const live = deletes === 'new_record' ? ` and coalesce(${cur(names.deleted)}, 'False') = 'False'` : ''
  const ends = `case when not (${isCurrent('cur')}) then ${cur(names.to)} when not (${missing}) and (${plan.changed}) then ${plan.updated}${deletes === 'ignore' ? '' : ` when ${missing}${live} then ${plan.now}`} else ${cur(names.to)} end`
  const kept = `select ${from('cur', inOld)}, ${facts(cur(names.id), cur(names.updated), cur(names.from), ends, deletes === 'new_record' ? cur(names.deleted) : '')} from ${old} as cur left join ${fresh} as src on ${same}`
  const added = `select ${from('src', inNew)}, ${facts(plan.scd, plan.updated, plan.updated, open(plan), "'False'")} from ${fresh} as src left join (select * from ${old} as cur where ${isCurrent('cur')}) as cur on ${same} where ${plan.key('cur')[0] ?? ''} is null or (${plan.changed})`
  const gone = deletes === 'new_record' ? `\nunion all\nselect ${from('cur', inOld)}, ${facts(`md5(${cur(names.id)} || '|' || cast(${plan.now} as varchar))`, plan.now, plan.now, open(plan), "'True'")} from ${old} as cur left join ${fresh} as src on ${same} where ${isCurrent('cur')} and ${missing}${live}` : ''
  return `${kept}\nunion all\n${added}${gone}`
}

