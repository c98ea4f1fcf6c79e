// The replication slot of a port: what makes a PostgreSQL keep its log until the port has it. The slot and what it publishes are
// named after the port and its product, so nobody else's is ever touched.

import type pg from 'pg'
import type { Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import type { DrawRequest } from '../types.ts'
import { pgIdentifier, pgLiteral, tableName } from './draw-query.ts'
import { messages } from '../messages.ts'

export interface Slot { readonly confirmed: string; readonly isActive: boolean; readonly isLost: boolean }

const USUAL_LAG_MEGABYTES = 10_240

export const slotName = ({ owner, port, settings }: Pick<DrawRequest, 'owner' | 'port' | 'settings'>): string =>
  `tulle_${port.replaceAll(/[^a-z0-9_]/gu, '_').slice(0, 40)}_${sha256(`${owner} ${port} ${String(settings['table'])}`).slice(0, 12)}`

export async function findSlot(client: pg.Client, name: string): Promise<Slot | undefined> {
  const { rows } = await client.query<{ confirmed: string | null; active: string; status: string | null }>(
    'SELECT confirmed_flush_lsn AS confirmed, active::text AS active, wal_status AS status FROM pg_catalog.pg_replication_slots WHERE slot_name = $1', [name])
  const [row] = rows
  return row === undefined ? undefined : { confirmed: row.confirmed ?? '0/0', isActive: row.active === 'true', isLost: row.status === 'lost' || row.status === 'unreserved' }
}

/** Whether the database lets changes of the table be followed, without ever keeping more log than the port allows. */
export async function checkReplication(client: pg.Client, request: DrawRequest): Promise<Result<void>> {
  const { port, settings, keys } = request
  const table = String(settings['table'])
  const unfit = (why: string, remedy: string): Result<never> => fail(messages['changes-unfit']({ port, table, why, remedy }))
  const { rows: [set] } = await client.query<{ level: string; keeps: string }>("SELECT current_setting('wal_level') AS level, (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'max_slot_wal_keep_size') AS keeps")
  if (set?.level !== 'logical') return unfit(`its database has wal_level = ${set?.level ?? ''}`, 'Set wal_level = logical there, and restart it.')
  const most = Number(settings['most_lag_megabytes'] ?? USUAL_LAG_MEGABYTES)
  const keeps = Number(set.keeps)
  if (keeps < 0 || keeps > most) {
    return unfit(`its database would keep ${keeps < 0 ? 'log without a limit' : `${keeps} MB of log`} for a Tulle that is away (max_slot_wal_keep_size), and the limit most_lag_megabytes is ${most}`,
      `Set max_slot_wal_keep_size = '${most}MB' there and reload it, or raise most_lag_megabytes.`)
  }
  const { rows } = await client.query<{ identity: string; columns: string }>(
    `SELECT c.relreplident::text AS identity, coalesce((SELECT json_agg(a.attname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
       WHERE i.indrelid = c.oid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END), '[]')::text AS columns
     FROM pg_catalog.pg_class c WHERE c.oid = ${pgLiteral(tableName(table))}::regclass`)
  const identity = rows[0]?.identity
  const named = new Set(JSON.parse(rows[0]?.columns ?? '[]') as readonly string[])
  const missing = identity === 'f' ? undefined : keys.find((key) => !named.has(key))
  if (missing !== undefined) return unfit(`its deletes do not name the column "${missing}", which is in the contract's key`, `Make it the primary key there, or let it send whole rows: ALTER TABLE ${tableName(table)} REPLICA IDENTITY FULL`)
  return ok(undefined)
}

/** What the slot will tell of. It must be there before the slot. */
export async function ensurePublication(client: pg.Client, request: DrawRequest): Promise<Result<void>> {
  const name = slotName(request)
  const { rows } = await client.query('SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = $1', [name])
  if (rows.length > 0) return ok(undefined)
  const create = `CREATE PUBLICATION ${pgIdentifier(name)} FOR TABLE ${tableName(String(request.settings['table']))}`
  try {
    await client.query(create)
    return ok(undefined)
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error
    return fail(messages['changes-unfit']({ port: request.port, table: String(request.settings['table']), why: 'its user may not publish the table', remedy: `Let the owner of the table run once: ${create}` }))
  }
}
