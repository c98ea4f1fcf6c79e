// Schemas in PostgreSQL. Whatever changes them takes its turn on one row, so that ids, versions and rules are judged on what is
// there when they are written.

import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import type { Database } from '@tulle/store'
import type { CompatibilityLevel, Kept, Mode, Reference, SchemaType, SubjectSettings, Version } from './types.ts'

/** Told to every process when anything changed. */
export const SCHEMAS_CHANNEL = 'tulle_schemas'

type Db = Kysely<Database> | Transaction<Database>

interface SchemaRow { readonly id: number; readonly type: string; readonly body: string; readonly refs: unknown }
interface VersionRow extends SchemaRow { readonly subject: string; readonly version: number; readonly deleted: boolean }

const toKept = (row: SchemaRow): Kept => ({ id: row.id, type: row.type as SchemaType, text: row.body, references: row.refs as readonly Reference[] })
const toVersion = (row: VersionRow): Version => ({ subject: row.subject, version: row.version, schema: toKept(row), deleted: row.deleted })

/** Versions of one subject, oldest first, hidden ones too. */
export async function versionsOf(db: Db, subject: string): Promise<readonly Version[]> {
  return (await versionRows(db).where('registry_version.subject', '=', subject).orderBy('version').execute()).map(toVersion)
}

/** Where a schema is. */
export async function versionsWith(db: Db, id: number): Promise<readonly Version[]> {
  return (await versionRows(db).where('schema_id', '=', id).orderBy('subject').orderBy('version').execute()).map(toVersion)
}

/** All versions whose subject begins so. */
export async function versionsUnder(db: Db, prefix: string): Promise<readonly Version[]> {
  return (await versionRows(db).where(sql<boolean>`starts_with(registry_version.subject, ${prefix})`).orderBy('subject').orderBy('version').execute()).map(toVersion)
}

export async function findSchema(db: Db, id: number): Promise<Kept | undefined> {
  const row = await db.selectFrom('registry_schema').select(['id', 'type', 'body', 'refs']).where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : toKept(row)
}

const versionRows = (db: Db) => db.selectFrom('registry_version').innerJoin('registry_schema', 'registry_schema.id', 'registry_version.schema_id')
  .select(['registry_version.subject', 'registry_version.version', 'registry_version.deleted', 'registry_schema.id', 'registry_schema.type', 'registry_schema.body', 'registry_schema.refs'])

/** What is set for a subject itself; for all, under the empty name. */
export async function settingsOf(db: Db, subject: string): Promise<SubjectSettings & { readonly declared: boolean }> {
  const row = await db.selectFrom('registry_subject').selectAll().where('subject', '=', subject).executeTakeFirst()
  return {
    declared: row?.declared === true,
    ...(row?.compatibility !== null && row?.compatibility !== undefined && { compatibility: row.compatibility as CompatibilityLevel }),
    ...(row?.mode !== null && row?.mode !== undefined && { mode: row.mode as Mode }),
  }
}

/** Changes something in its turn; every process hears of it. */
export async function changeSchemas<T>(db: Kysely<Database>, change: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => changeSchemasIn(tx, change))
}

/** The same within a transaction that is open already. */
export async function changeSchemasIn<T>(tx: Transaction<Database>, change: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  await tx.insertInto('registry_subject').values({ subject: '' }).onConflict((conflict) => conflict.doNothing()).execute()
  await tx.selectFrom('registry_subject').select('subject').where('subject', '=', '').forUpdate().executeTakeFirst()
  const value = await change(tx)
  await sql`select pg_notify(${SCHEMAS_CHANNEL}, '')`.execute(tx)
  return value
}

export interface NewSchema { readonly type: SchemaType; readonly text: string; readonly references: readonly Reference[]; /** Hashes of what it is. */ readonly canonical: string; readonly normalized: string; readonly id?: number }

/** The id of the schema, which is the one that it had before, wherever that was. Undefined: the id that was asked for is another schema's. */
export async function keepSchema(tx: Transaction<Database>, { type, text, references, canonical, normalized, id }: NewSchema): Promise<number | undefined> {
  const known = await tx.selectFrom('registry_schema').select('id').where('canonical', '=', canonical).executeTakeFirst()
  if (known !== undefined) return id === undefined || id === known.id ? known.id : undefined
  const values = { type, body: text, refs: JSON.stringify(references), canonical, normalized }
  if (id === undefined) return (await tx.insertInto('registry_schema').values(values).returning('id').executeTakeFirstOrThrow()).id
  const taken = await tx.insertInto('registry_schema').values({ id, ...values }).onConflict((conflict) => conflict.column('id').doNothing()).returning('id').executeTakeFirst()
  // Numbers that come from elsewhere are never given again here.
  await sql`select setval(pg_get_serial_sequence('registry_schema', 'id'), greatest(${id}, (select last_value from pg_sequences where schemaname = current_schema() and sequencename = 'registry_schema_id_seq'), 1))`.execute(tx)
  return taken?.id
}

export async function findByMeaning(db: Db, subject: string, hashes: { readonly canonical: string } | { readonly normalized: string }): Promise<readonly Version[]> {
  const rows = versionRows(db).where('registry_version.subject', '=', subject)
  const found = 'canonical' in hashes ? rows.where('canonical', '=', hashes.canonical) : rows.where('normalized', '=', hashes.normalized)
  return (await found.orderBy('version', 'desc').execute()).map(toVersion)
}

export async function addVersion(tx: Transaction<Database>, subject: string, schemaId: number, version?: number): Promise<number> {
  const { last } = await tx.selectFrom('registry_version').select((e) => e.fn.max('version').as('last')).where('subject', '=', subject).executeTakeFirstOrThrow()
  const next = version ?? Number(last ?? 0) + 1
  await tx.insertInto('registry_version').values({ subject, version: next, schema_id: schemaId }).execute()
  return next
}

export async function hideVersions(tx: Transaction<Database>, subject: string, versions: readonly number[]): Promise<void> {
  if (versions.length > 0) await tx.updateTable('registry_version').set({ deleted: true }).where('subject', '=', subject).where('version', 'in', [...versions]).execute()
}

/** They are gone, and so is what no other subject has. */
export async function removeVersions(tx: Transaction<Database>, subject: string, versions: readonly number[]): Promise<void> {
  if (versions.length === 0) return
  await tx.deleteFrom('registry_version').where('subject', '=', subject).where('version', 'in', [...versions]).execute()
  await tx.deleteFrom('registry_schema').where((e) => e.not(e.exists(e.selectFrom('registry_version').select('version').whereRef('schema_id', '=', 'registry_schema.id')))).execute()
}

/** Ids of schemas in use that refer to a version. */
export async function idsReferringTo(db: Db, subject: string, version: number): Promise<readonly number[]> {
  const rows = await db.selectFrom('registry_schema').select('id')
    .where(sql<boolean>`refs @> ${JSON.stringify([{ subject, version }])}::jsonb`)
    .where((e) => e.exists(e.selectFrom('registry_version').select('version').whereRef('schema_id', '=', 'registry_schema.id').where('deleted', '=', false)))
    .orderBy('id').execute()
  return rows.map(({ id }) => id)
}

export async function setForSubject(tx: Transaction<Database>, subject: string, set: { readonly compatibility?: CompatibilityLevel | null; readonly mode?: Mode | null; readonly declared?: boolean }): Promise<void> {
  await tx.insertInto('registry_subject').values({ subject, ...set }).onConflict((conflict) => conflict.column('subject').doUpdateSet({ ...set })).execute()
}
