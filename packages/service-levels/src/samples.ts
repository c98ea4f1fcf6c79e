// Samples as they are kept. One for each point and indicator; the first word on a point stays.

import type { Database, Store } from '@tulle/store'
import type { Kysely } from 'kysely'
import type { Sample } from './types.ts'

/** Windows may be no longer; older samples go. */
export const KEPT_MILLISECONDS = 400 * 24 * 3_600_000
const LATENCY_MILLISECONDS = 90 * 24 * 3_600_000

export async function keepSamples(db: Kysely<Database>, productId: string, indicator: string, samples: readonly Sample[]): Promise<void> {
  for (let i = 0; i < samples.length; i += 1000) {
    const rows = samples.slice(i, i + 1000).map(({ at, state, value, note }) => ({ product_id: productId, indicator, at: new Date(at), state, value: value ?? null, note: note ?? null }))
    await db.insertInto('sli_sample').values(rows).onConflict((c) => c.doNothing()).execute()
  }
}

/** Samples of a product by indicator, since a moment. */
export async function readSamples(db: Kysely<Database>, productId: string, since: number): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const rows = await db.selectFrom('sli_sample').select(['indicator', 'at', 'state', 'value', 'note']).where('product_id', '=', productId).where('at', '>=', new Date(since)).orderBy('at').execute()
  const toSample = ({ at, state, value, note }: (typeof rows)[number]): Sample => ({ at: at.getTime(), state: state as Sample['state'], ...(value !== null && { value }), ...(note !== null && { note }) })
  return new Map([...Map.groupBy(rows, (row) => row.indicator)].map(([indicator, own]) => [indicator, own.map(toSample)]))
}

/** The first and last point of each indicator, by `<product id> <indicator>`. */
export async function readEnds({ db }: Pick<Store, 'db'>): Promise<Map<string, { readonly first: number; readonly last: number }>> {
  const rows = await db.selectFrom('sli_sample').select((e) => ['product_id', 'indicator', e.fn.min('at').as('first'), e.fn.max('at').as('last')]).groupBy(['product_id', 'indicator']).execute()
  return new Map(rows.map((row) => [`${row.product_id} ${row.indicator}`, { first: row.first.getTime(), last: row.last.getTime() }]))
}

export async function forgetOld({ db }: Pick<Store, 'db'>, now: number): Promise<void> {
  await db.deleteFrom('sli_sample').where('at', '<', new Date(now - KEPT_MILLISECONDS)).execute()
  await db.deleteFrom('statement_latency').where('at', '<', new Date(now - LATENCY_MILLISECONDS)).execute()
}
