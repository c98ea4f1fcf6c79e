// What crypto-shredding needs of the house: the contracts as they were applied, and the key that keys of persons are kept under.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkShreddingSecret, openShredding } from '@tulle/erasure'
import type { Shredding, ShreddingRule } from '@tulle/erasure'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { TableName } from '@tulle/lake'
import { readProductDefinition } from '@tulle/providers'
import type { House } from './house.ts'
import { readOrMakeMeshSecret } from './mesh-secret.ts'

/** Below the home, where no secret store has it. */
export const SHREDDING_SECRET = 'secrets/.shredding'

/** Refused where keys stand there that were kept under another one: what they protect could not be read. */
export async function shreddingRoom({ settings, store, engine, clock }: Pick<House, 'settings' | 'store' | 'engine' | 'clock'>): Promise<Result<Shredding>> {
  const file = join(settings.home, SHREDDING_SECRET)
  const given = settings.secrets('SHREDDING_KEY')?.trim().toLowerCase()
  const known = given ?? (existsSync(file) ? readOrMakeMeshSecret(file) : undefined)
  const hasKeys = (await store.db.selectFrom('person_key').select('id').where('wrapped', 'is not', null).limit(1).executeTakeFirst()) !== undefined
  // A new one would fit no key.
  const fits = known === undefined ? (hasKeys ? await checkShreddingSecret(store.db, '0'.repeat(64)) : ok(undefined)) : await checkShreddingSecret(store.db, known)
  if (!fits.ok) return fits
  return ok(await openShredding({
    store, engine, clock, secret: known ?? readOrMakeMeshSecret(file), workFolder: join(settings.home, 'shredding'),
    ruleOf: (table) => ruleOf(store, table),
  }))
}

async function ruleOf({ db }: House['store'], { namespace, name }: TableName): Promise<ShreddingRule | undefined> {
  const definition = await readProductDefinition(db, namespace)
  if (!definition.ok) return undefined
  const { product, tables } = definition.value
  return product.dataSets.find((dataSet) => tables[dataSet.name]?.name.name === name && tables[dataSet.name]?.name.namespace === namespace)?.contract?.shredding
}
