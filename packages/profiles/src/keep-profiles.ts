// Profiles are kept per snapshot, as long as the snapshot itself is, since they show values of its rows; of the newest also what
// was read, so that rows that are added are read alone.

import { gunzipSync, gzipSync } from 'node:zlib'
import type { Store } from '@tulle/store'
import { finishProfile } from './finish-profile.ts'
import type { Part, Profile } from './types.ts'

export interface ProfileOf { readonly productId: string; readonly dataSet: string }

/** Files are addresses; `isWhole` where none of their rows is deleted. */
export interface ReadFiles { readonly files: readonly string[]; readonly isWhole: boolean }

export interface KeptPart extends ReadFiles { readonly snapshot: string; readonly part: Part }

/** `way`: all rows were read, those that came, or none. */
export interface NewProfile extends ProfileOf {
  readonly snapshot: string
  readonly runId?: string | undefined
  readonly way: 'read' | 'joined' | 'same'
  readonly milliseconds: number
  readonly part: Part
  readonly read: ReadFiles
  /** Snapshots that are still there; profiles of others go. */
  readonly snapshots: readonly string[]
}

export interface KeptProfile { readonly snapshot: string; readonly at: Date; readonly way: NewProfile['way']; readonly milliseconds: number; readonly profile: Profile }

const MOST_KEPT = 100
/** Bytes, uncompressed: what is larger is read anew each time. */
const LARGEST_PART = 32 * 1024 ** 2
const MOST_FILES = 20_000

export async function keepProfile({ db }: Pick<Store, 'db'>, { productId, dataSet, snapshot, runId, way, milliseconds, part, read, snapshots }: NewProfile): Promise<void> {
  const text = JSON.stringify({ ...read, part })
  const packed = text.length <= LARGEST_PART && read.files.length <= MOST_FILES ? gzipSync(text, { level: 1 }) : undefined
  const row = { product_id: productId, data_set: dataSet, snapshot_id: snapshot, run_id: runId ?? null, way, milliseconds: Math.round(milliseconds), profile: JSON.stringify(finishProfile(part)) }
  await db.transaction().execute(async (tx) => {
    await tx.insertInto('profile').values(row).onConflict((c) => c.columns(['product_id', 'data_set', 'snapshot_id']).doUpdateSet(row)).execute()
    await tx.deleteFrom('profile_part').where('product_id', '=', productId).where('data_set', '=', dataSet).execute()
    if (packed !== undefined) await tx.insertInto('profile_part').values({ product_id: productId, data_set: dataSet, snapshot_id: snapshot, part: packed }).execute()
    const kept = await tx.selectFrom('profile').select('snapshot_id').where('product_id', '=', productId).where('data_set', '=', dataSet).orderBy('at', 'desc').execute()
    const there = new Set(snapshots)
    const gone = kept.map((one) => one.snapshot_id).filter((id, i) => i >= MOST_KEPT || !there.has(id))
    if (gone.length > 0) await tx.deleteFrom('profile').where('product_id', '=', productId).where('data_set', '=', dataSet).where('snapshot_id', 'in', gone).execute()
  })
}

/** What was read of the data set last; undefined where nothing is kept, or not of this form. */
export async function keptPart({ db }: Pick<Store, 'db'>, { productId, dataSet }: ProfileOf): Promise<KeptPart | undefined> {
  const row = await db.selectFrom('profile_part').select(['snapshot_id', 'part']).where('product_id', '=', productId).where('data_set', '=', dataSet).executeTakeFirst()
  if (row === undefined) return undefined
  try {
    return { snapshot: row.snapshot_id, ...JSON.parse(gunzipSync(row.part, { maxOutputLength: 2 * LARGEST_PART }).toString('utf8')) as ReadFiles & { part: Part } }
  } catch {
    return undefined
  }
}

/** Newest first, without what they say. */
export async function listProfiles({ db }: Pick<Store, 'db'>, { productId, dataSet }: ProfileOf): Promise<readonly Omit<KeptProfile, 'profile'>[]> {
  const rows = await db.selectFrom('profile').select(['snapshot_id', 'at', 'way', 'milliseconds']).where('product_id', '=', productId).where('data_set', '=', dataSet).orderBy('at', 'desc').limit(MOST_KEPT).execute()
  return rows.map(({ snapshot_id: snapshot, at, way, milliseconds }) => ({ snapshot, at, way: way as NewProfile['way'], milliseconds }))
}

export async function findProfile({ db }: Pick<Store, 'db'>, { productId, dataSet }: ProfileOf, snapshot: string): Promise<KeptProfile | undefined> {
  const row = await db.selectFrom('profile').selectAll().where('product_id', '=', productId).where('data_set', '=', dataSet).where('snapshot_id', '=', snapshot).executeTakeFirst()
  return row === undefined ? undefined : { snapshot, at: row.at, way: row.way as NewProfile['way'], milliseconds: row.milliseconds, profile: row.profile as unknown as Profile }
}
