// Values of the person in the control database: in lines of logs, in what steps handed each other, in bodies that webhooks
// brought. They are taken out of whatever column they stand in; then PostgreSQL is made to forget what it had before.

import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Clock } from '@tulle/kernel'
import type { Database, Store } from '@tulle/store'

/** Declared by files of the mesh, or about accounts: neither is data of products. And what erasures themselves keep. */
const NOT_LOOKED_AT = new Set(['account', 'account_team', 'resource', 'mesh_state', 'apply', 'erasure', 'erasure_suppression', 'erased_snapshot', 'erasure_consumer', 'erasure_key', 'backup_place', 'audit_key', 'person_key', 'certificate_key'])
const STANDS_FOR = '[erased]'

interface TextColumn { readonly schema: string; readonly table: string; readonly column: string; readonly type: 'text' | 'json' | 'jsonb' | 'bytea' | 'text[]' }

async function textColumns(db: Kysely<Database>): Promise<readonly TextColumn[]> {
  const { rows } = await sql<{ schema: string; table: string; column: string; type: string }>`
    select n.nspname as schema, c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%' and n.nspname not like 'pg_temp%'
      and format_type(a.atttypid, null) in ('text', 'character varying', 'json', 'jsonb', 'bytea')
    order by 1, 2, 3`.execute(db)
  return rows.filter(({ schema, table }) => !(schema === 'public' && NOT_LOOKED_AT.has(table)))
    .map(({ type, ...rest }) => ({ ...rest, type: type === 'character varying' ? 'text' : type as TextColumn['type'] }))
}

/** As it stands in JSON, too. */
const spellings = (text: string): readonly string[] => [...new Set([text, JSON.stringify(text).slice(1, -1)])]

function holds({ column, type }: TextColumn, texts: ReadonlySet<string>) {
  const wanted = [...texts].flatMap(spellings)
  const name = sql.id(column)
  const found = type === 'bytea'
    ? wanted.map((text) => sql`position(${Buffer.from(text, 'utf8')}::bytea in ${name}) > 0`)
    : wanted.map((text) => sql`position(${text} in ${name}::text) > 0`)
  return sql.join(found, sql` or `)
}

/** How many rows hold one of the texts, by table. */
export async function findTraces(db: Kysely<Database>, texts: ReadonlySet<string>): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  if (texts.size === 0) return counts
  for (const one of await textColumns(db)) {
    const { rows } = await sql<{ n: string }>`select count(*) as n from ${sql.id(one.schema, one.table)} where ${holds(one, texts)}`.execute(db)
    if (Number(rows[0]?.n) > 0) counts[`${one.schema}.${one.table}`] = (counts[`${one.schema}.${one.table}`] ?? 0) + Number(rows[0]?.n)
  }
  return counts
}

/** Takes them out. What only bytes are is left empty. */
export async function removeTraces(db: Kysely<Database>, texts: ReadonlySet<string>): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  if (texts.size === 0) return counts
  // Longer ones first, so that none is left of which a shorter one was a part.
  const wanted = [...texts].flatMap(spellings).toSorted((a, b) => b.length - a.length)
  for (const one of await textColumns(db)) {
    const name = sql.id(one.column)
    const plain = wanted.reduce((inner, text) => sql`replace(${inner}, ${text}, ${STANDS_FOR})`, sql`${name}::text`)
    const value = one.type === 'bytea' ? sql`''::bytea` : one.type === 'json' ? sql`(${plain})::json` : one.type === 'jsonb' ? sql`(${plain})::jsonb` : plain
    const { numAffectedRows = 0n } = await sql`update ${sql.id(one.schema, one.table)} set ${name} = ${value} where ${holds(one, texts)}`.execute(db)
    if (numAffectedRows > 0n) counts[`${one.schema}.${one.table}`] = (counts[`${one.schema}.${one.table}`] ?? 0) + Number(numAffectedRows)
  }
  return counts
}

const quoted = (name: string): string => name.split('.').map((part) => `"${part.replaceAll('"', '""')}"`).join('.')

/**
 * Writes the tables anew, without the room of rows that were deleted or changed, and forgets what was counted of their values.
 * Each is locked while it is written.
 */
export async function compactTables({ pool }: Pick<Store, 'pool'>, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await pool.query(`VACUUM (FULL, ANALYZE) ${quoted(table)}`)
  }
  if (tables.length > 0) await pool.query('VACUUM FULL pg_catalog.pg_statistic')
}

const MOST_TURNS = 64

/**
 * Makes every file of PostgreSQL's log that there is now go: with recycling they would be written over some day. Needs the
 * rights of a superuser on a server of our own.
 */
export async function replaceLog({ pool }: Pick<Store, 'pool'>, clock: Clock): Promise<boolean> {
  const names = async (): Promise<readonly string[]> => (await pool.query<{ name: string }>("select name from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' order by name")).rows.map(({ name }) => name)
  await pool.query("ALTER SYSTEM SET wal_recycle = 'off'")
  await pool.query('select pg_reload_conf()')
  // The checkpointer reads its settings when it wakes.
  await clock.sleep(200)
  try {
    const old = new Set(await names())
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      const left = (await names()).filter((name) => old.has(name))
      if (left.length === 0) return true
      // A switch writes nothing where nothing was written since the last one.
      await pool.query("select pg_logical_emit_message(false, 'tulle', 'turn')")
      await pool.query('select pg_switch_wal()')
      await pool.query('CHECKPOINT')
    }
    return false
  } finally {
    await pool.query('ALTER SYSTEM RESET wal_recycle')
    await pool.query('select pg_reload_conf()')
  }
}
