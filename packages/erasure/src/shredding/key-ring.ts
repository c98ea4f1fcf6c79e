// Keys of persons in the control database, each enciphered under one key that lies elsewhere and bound to its table. Destroying one
// leaves a row that says so: a key that nobody ever heard of is a fault, and not a person who was forgotten.

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Database, Store } from '@tulle/store'
import { messages } from '../messages.ts'
import type { KeyRing, PersonKey } from './types.ts'

const NONCE = 12
const TAG = 16
const AT_ONCE = 10_000

export function openKeyRing({ db }: Pick<Store, 'db'>, secret: string): KeyRing {
  const { wrapping, telling } = keysOf(secret)
  const digestOf = (table: string, person: string): string => createHmac('sha256', telling).update(JSON.stringify([table, person])).digest('hex')
  const fresh = (): { readonly id: string; readonly bytes: Buffer } => ({ id: randomBytes(16).toString('base64url'), bytes: randomBytes(32) })
  const insert = async (table: string, made: readonly { readonly id: string; readonly bytes: Buffer; readonly digest: string | null }[]): Promise<void> => {
    for (const some of inParts(made)) {
      await db.insertInto('person_key').columns(['id', 'table_id', 'digest', 'wrapped'])
        .expression(sql`select id, ${table}::text, digest, wrapped from unnest(${some.map(({ id }) => id)}::text[], ${some.map(({ digest }) => digest)}::text[], ${some.map(({ id, bytes }) => wrap(wrapping, table, id, bytes))}::text[]) as made (id, digest, wrapped)`)
        .onConflict((c) => c.columns(['table_id', 'digest']).doNothing()).execute()
    }
  }
  const opened = (table: string, row: { readonly id: string; readonly wrapped: string | null }): PersonKey | undefined => {
    if (row.wrapped === null) return { id: row.id, bytes: undefined }
    const bytes = unwrap(wrapping, table, row.id, row.wrapped)
    return bytes === undefined ? undefined : { id: row.id, bytes }
  }
  return {
    async of(table, persons) {
      const digests = new Map([...new Set(persons)].map((person) => [digestOf(table, person), person]))
      const found = new Map<string, PersonKey>()
      for (const some of inParts([...digests.keys()])) {
        const known = async () => db.selectFrom('person_key').select(['id', 'digest', 'wrapped']).where('table_id', '=', table).where(sql<boolean>`digest = any(${some}::text[])`).execute()
        const before = await known()
        const has = new Set(before.map(({ digest }) => digest))
        const missing = some.filter((digest) => !has.has(digest))
        // Somebody else may have made one meanwhile, so what counts is what stands there afterwards.
        if (missing.length > 0) await insert(table, missing.map((digest) => ({ ...fresh(), digest })))
        for (const row of missing.length === 0 ? before : await known()) {
          const key = opened(table, row)
          if (key === undefined) return fail(messages['shredding-secret-lost']({}))
          found.set(digests.get(row.digest ?? '') ?? '', key)
        }
      }
      return ok(found)
    },
    async fresh(table, count) {
      const made = Array.from({ length: count }, fresh)
      await insert(table, made.map((key) => ({ ...key, digest: null })))
      return made
    },
    async find(table, ids) {
      const found = new Map<string, PersonKey>()
      for (const some of inParts(ids)) {
        for (const row of await db.selectFrom('person_key').select(['id', 'wrapped']).where('table_id', '=', table).where(sql<boolean>`id = any(${some}::text[])`).execute()) {
          const key = opened(table, row)
          if (key === undefined) return fail(messages['shredding-secret-lost']({}))
          found.set(row.id, key)
        }
      }
      return ok(found)
    },
    async destroy(table, ids, erasure) {
      await db.transaction().execute(async (tx) => {
        for (const some of inParts(ids)) {
          await tx.updateTable('person_key').set({ wrapped: null, digest: null, erasure_id: erasure, destroyed_at: sql`now()` })
            .where('table_id', '=', table).where(sql<boolean>`id = any(${some}::text[])`).where('destroyed_at', 'is', null).execute()
        }
      })
      return (await destroyedBy(db, table, erasure)).length
    },
    destroyedBy: (table, erasure) => destroyedBy(db, table, erasure),
    async epoch(table) {
      const { n } = await db.selectFrom('person_key').select((e) => e.fn.countAll<string>().as('n')).where('table_id', '=', table).where('destroyed_at', 'is not', null).executeTakeFirstOrThrow()
      return Number(n)
    },
  }
}

/** Whether keys that stand there were wrapped under this secret. `shredding-secret-lost` otherwise. */
export async function checkShreddingSecret(db: Kysely<Database>, secret: string): Promise<Result<void>> {
  if (!/^[0-9a-f]{64}$/u.test(secret)) return fail(messages['shredding-secret-unfit']({}))
  const row = await db.selectFrom('person_key').select(['id', 'table_id', 'wrapped']).where('wrapped', 'is not', null).limit(1).executeTakeFirst()
  if (row === undefined || row.wrapped === null || unwrap(keysOf(secret).wrapping, row.table_id, row.id, row.wrapped) !== undefined) return ok(undefined)
  return fail(messages['shredding-secret-lost']({}))
}

/** One to wrap keys with, and one to tell persons apart by. */
function keysOf(secret: string): { readonly wrapping: Buffer; readonly telling: Buffer } {
  const derived = (use: string): Buffer => Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'hex'), '', `tulle shredding: ${use}`, 32))
  return { wrapping: derived('wrapping'), telling: derived('telling') }
}

const destroyedBy = async (db: Kysely<Database>, table: string, erasure: string): Promise<readonly string[]> =>
  (await db.selectFrom('person_key').select('id').where('table_id', '=', table).where('erasure_id', '=', erasure).execute()).map(({ id }) => id)

function wrap(key: Buffer, table: string, id: string, bytes: Uint8Array): string {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(JSON.stringify([table, id])))
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]).toString('base64')
}

/** Undefined where it was wrapped under another key, or is another table's. */
function unwrap(key: Buffer, table: string, id: string, wrapped: string): Uint8Array | undefined {
  const bytes = Buffer.from(wrapped, 'base64')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG }).setAAD(Buffer.from(JSON.stringify([table, id]))).setAuthTag(bytes.subarray(-TAG))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()])
  } catch {
    return undefined
  }
}

function* inParts<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += AT_ONCE) yield all.slice(at, at + AT_ONCE)
}
