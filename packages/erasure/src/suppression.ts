// Who was erased, as digests: what comes in later is held against them.

import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import { quoteLiteral } from '@tulle/sql'
import type { Database } from '@tulle/store'
import { fold, foldSql } from '@tulle/tables'
import { digestOf, digestSql } from './digest.ts'
import { messages } from './messages.ts'
import { foldedKeys } from './person-tables.ts'
import type { Person } from './types.ts'

export interface SuppressionList {
  condition(businessKey: string): Promise<((value: string) => string) | undefined>
}

export function suppressionList(db: Kysely<Database>, secret: string): SuppressionList {
  return {
    async condition(businessKey) {
      const rows = await db.selectFrom('erasure_suppression').select('digest').where('key_name', '=', businessKey).execute()
      if (rows.length === 0) return undefined
      const list = rows.map(({ digest }) => quoteLiteral(digest)).join(', ')
      // Digests from before the mesh said how the key is compared are of one spelling.
      const spelled = (await foldedKeys(db)).has(businessKey) ? (value: string) => [value, foldSql(value)] : (value: string) => [value]
      return (value) => `(${spelled(value).map((one) => `${digestSql(secret, businessKey, one)} IN (${list})`).join(' OR ')})`
    },
  }
}

/**
 * Whether digests that stand there were made under this secret; who was erased would come back unnoticed under another one. The
 * first erasure says under which. `erasure-secret-lost` otherwise.
 */
export async function checkSecret(db: Kysely<Database>, secret: string): Promise<Result<void>> {
  const known = await db.selectFrom('erasure_key').select('fingerprint').executeTakeFirst()
  return known === undefined || known.fingerprint === fingerprintOf(secret) ? ok(undefined) : fail(messages['erasure-secret-lost']({}))
}

const fingerprintOf = (secret: string): string => sha256(`fingerprint:${secret}`)

/** Before anything is erased, so that no run that begins from now on brings anything back. */
export async function suppress(db: Kysely<Database>, secret: string, erasureId: string, person: Person): Promise<number> {
  await db.insertInto('erasure_key').values({ fingerprint: fingerprintOf(secret) }).onConflict((c) => c.doNothing()).execute()
  const folded = await foldedKeys(db)
  const rows = [...person].flatMap(([key, values]) => [...new Set(folded.has(key) ? [...values].flatMap((value) => [value, fold(value)]) : values)].map((value) => ({ key_name: key, digest: digestOf(secret, key, value), erasure_id: erasureId })))
  if (rows.length > 0) await db.insertInto('erasure_suppression').values(rows).onConflict((c) => c.doNothing()).execute()
  return rows.length
}
