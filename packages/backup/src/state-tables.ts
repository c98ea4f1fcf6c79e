// Which tables of the control database hold state: all of our schema and of the workflow runtime's, except the books that
// migrations keep of themselves, and by which a home is told from one that is restored from its backup. What else could hold rows is found too, so that nothing is left out in silence.

import type pg from 'pg'
import { orderByDependencies } from '@tulle/kernel'
import { DBOS_SCHEMA } from '@tulle/workflow'

export const STATE_SCHEMAS: readonly string[] = ['public', DBOS_SCHEMA]

export interface StateTable {
  readonly schema: string
  readonly name: string
  /** Without generated ones, which follow from the others. */
  readonly columns: readonly string[]
  /** Columns of the primary key; rows are ordered by them. */
  readonly key: readonly string[]
}

const TABLES = `
  select n.nspname as schema, c.relname as name,
    array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns,
    array(select a.attname::text from pg_index i, unnest(i.indkey) with ordinality as k (attnum, place) join pg_attribute a on true
      where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid and a.attnum = k.attnum order by k.place) as key
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1) and c.relkind = 'r' and not (n.nspname = 'public' and c.relname in ('migration', 'cold_holder')) and c.relname <> 'dbos_migrations'
  order by 1, 2`

export async function stateTables(client: pg.ClientBase): Promise<readonly StateTable[]> {
  const { rows } = await client.query<StateTable>(TABLES, [STATE_SCHEMAS])
  return rows
}

/** Partitioned and foreign tables, and large objects: no migration makes any. */
export async function strangeRelations(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = any($1) and c.relkind in ('p', 'f')
    union all select 'large object ' || oid from pg_largeobject_metadata order by 1`, [STATE_SCHEMAS])
  return rows.map((row) => row.name)
}

/** The same tables, those first that others refer to. */
export async function inReferenceOrder(client: pg.ClientBase, tables: readonly StateTable[]): Promise<readonly StateTable[]> {
  const { rows } = await client.query<{ from: string; to: string }>(`
    select conrelid::text as from, confrelid::text as to from pg_constraint where contype = 'f' and conrelid <> confrelid`)
  const { rows: ids } = await client.query<{ oid: string; schema: string; name: string }>(`
    select c.oid::text as oid, n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = any($1)`, [STATE_SCHEMAS])
  const oidOf = new Map(ids.map(({ oid, schema, name }) => [`${schema}.${name}`, oid]))
  const byOid = new Map(tables.map((table) => [oidOf.get(`${table.schema}.${table.name}`) ?? '', table]))
  const needs = new Map([...byOid.keys()].map((oid) => [oid, rows.filter((row) => row.from === oid && byOid.has(row.to)).map((row) => row.to)]))
  return orderByDependencies(needs).order.flatMap((oid) => byOid.get(oid) ?? [])
}

/** A name as SQL takes it. */
export const quoted = (...names: readonly string[]): string => names.map((name) => `"${name.replaceAll('"', '""')}"`).join('.')
