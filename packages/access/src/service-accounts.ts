// Service identities: what a data product, or an application's process domain, is at the ports. Each holds on to the
// immutable id of what it represents, so that it stays the same where that moves to another team, domain or folder.
// It has no password: tokens open it.

import { randomBytes, randomUUID } from 'node:crypto'
import type { Result } from '@tulle/kernel'
import { fail, isName, ok } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { sql } from 'kysely'
import { tellAccountChange } from './accounts.ts'
import { findAccount } from './find-accounts.ts'
import { messages } from './messages.ts'
import { scramVerifier } from './scram.ts'
import type { Account } from './types.ts'

const KINDS = { product: 'data-product', application: 'process-domain' } as const
type Represented = keyof typeof KINDS

/** What a name such as `product.flights` or `application.crew_planning` stands for; undefined for the name of a person. */
export function readServiceName(name: string): { readonly kind: Represented; readonly name: string } | undefined {
  const [, kind, represented] = /^(product|application)\.(.+)$/u.exec(name) ?? []
  return kind !== undefined && represented !== undefined && isName(represented) ? { kind: kind as Represented, name: represented } : undefined
}

/** The service identity of this name. It is made when it is first asked for: until then nothing could tell that it is not there. */
export async function serviceAccount(store: Store, name: string): Promise<Result<Account>> {
  const stands = readServiceName(name)
  const found = await findAccount(store, name)
  if (found !== undefined) return ok(found)
  const represented = stands === undefined ? undefined
    : await store.db.selectFrom('resource').select(['id', 'spec']).where('ref', '=', `${KINDS[stands.kind]}:${stands.name}`).where('archived_at', 'is', null).executeTakeFirst()
  if (stands === undefined || represented === undefined) return unknownService(store, name)
  const { title } = represented.spec as { readonly title?: string }
  // Nobody knows this password. Its verifier is the salt that tokens lie under.
  const verifier = await scramVerifier(randomBytes(32).toString('base64url'))
  await store.db.transaction().execute(async (tx) => {
    // A product that was destroyed leaves its identity behind; another product of the same name is another.
    const gone = await tx.updateTable('account').set({ name: sql<string>`'gone.' || id`, disabled_at: new Date() })
      .where('name', '=', name).where('represents_id', '<>', represented.id).returning('id').execute()
    for (const { id } of gone) await tellAccountChange(tx, id, 'disabled')
    const id = randomUUID()
    const { numInsertedOrUpdatedRows } = await tx.insertInto('account').values({
      id, name, role: 'consumer', display_name: title ?? stands.name, verifier, purposes: '[]', attributes: '{}',
      kind: 'service', represents_kind: stands.kind, represents_id: represented.id, created_at: new Date(), disabled_at: null,
    }).onConflict((c) => c.columns(['represents_kind', 'represents_id']).doNothing()).executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows === 1n) await tellAccountChange(tx, id, 'created')
  })
  const made = await findAccount(store, name)
  return made === undefined ? unknownService(store, name) : ok(made)
}

async function unknownService(store: Store, name: string): Promise<Result<never>> {
  const declared = await store.db.selectFrom('resource').select(['kind', 'ref']).where('kind', 'in', Object.values(KINDS)).where('archived_at', 'is', null).execute()
  const known = declared.map(({ kind, ref }) => `${kind === 'data-product' ? 'product' : 'application'}.${ref.slice(ref.indexOf(':') + 1)}`)
  return fail(messages['unknown-service']({ name: name.slice(0, 100), known }))
}
