// Versions that are to go, of what somebody may read: told to them until they are gone.

import { sql } from 'kysely'
import { dataSetVersions } from '@tulle/model'
import type { Subject } from '@tulle/policy'
import { readProductDefinitions } from '@tulle/providers'
import type { House } from './house.ts'

export interface Retirement { readonly id: string; readonly product: string; readonly sentence: string; readonly at: string; readonly isNew: boolean }

/** Newest first. Nothing is read of products but where one of their versions is to go. */
export async function retirementsFor(house: House, subject: Subject): Promise<readonly Retirement[]> {
  const going = await house.db.selectFrom('resource').select(['id', 'product', 'updated_at', 'spec']).where('kind', '=', 'data-set').where('archived_at', 'is', null).where(sql<boolean>`spec ? 'retires'`).execute()
  if (going.length === 0) return []
  const seen = (await house.db.selectFrom('alert_seen').select('until').where('account_id', '=', subject.id).executeTakeFirst())?.until
  const context = { now: house.clock.now(), environment: house.access.environment }
  const definitions = await readProductDefinitions(house.db, [...new Set(going.flatMap(({ product }) => product ?? []))])
  return definitions.flatMap(({ id, product }): readonly Retirement[] => {
    const governed = { id, name: product.name, domain: product.domain, team: product.team }
    const reads = house.access.policy().openPurposes(subject, id, context).length > 0 || house.access.policy().decide(subject, 'run', { product: governed }, undefined, context).effect === 'allow'
    if (!reads) return []
    return dataSetVersions(product.dataSets).flatMap(({ name, stored, major, retires, next }): readonly Retirement[] => {
      const row = going.find((one) => one.product === product.name && (one.spec as { readonly name?: unknown }).name === stored)
      if (retires === undefined || row === undefined) return []
      const what = major === undefined ? `${product.name}.${name}` : `Version ${major} of ${product.name}.${name}`
      return [{
        id: `retirement:${row.id}:${retires}`, product: product.name, at: row.updated_at.toISOString(), isNew: seen === undefined || row.updated_at > seen,
        sentence: `${what} retires on ${retires}.${next === undefined ? '' : ` "${product.name}@${next}".${name} takes its place.`}`,
      }]
    })
  }).toSorted((a, b) => (a.at < b.at ? 1 : -1))
}
