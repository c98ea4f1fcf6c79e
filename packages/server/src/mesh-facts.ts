// What the applied mesh says of itself.

import type { Kysely } from 'kysely'
import { shippedCapabilities } from '@tulle/model'
import type { Capability, ExportRules, Purpose } from '@tulle/model'
import type { Database } from '@tulle/store'

export interface MeshFacts {
  readonly title: string
  readonly purposes: readonly Purpose[]
  /** None where the mesh does not care. */
  readonly environments: readonly string[]
  readonly exports: ExportRules | undefined
}

/** Before the first apply there is nothing but a name for it. */
export async function readMeshFacts(db: Kysely<Database>): Promise<MeshFacts> {
  const state = await db.selectFrom('mesh_state').select('mesh').executeTakeFirst()
  const mesh = state?.mesh as Partial<MeshFacts> | null | undefined
  return { title: mesh?.title ?? 'Tulle', purposes: mesh?.purposes ?? [], environments: mesh?.environments ?? [], exports: mesh?.exports ?? undefined }
}

/** Shipped capabilities and the platform team's own. */
export async function readCapabilities(db: Kysely<Database>): Promise<readonly Capability[]> {
  const rows = await db.selectFrom('resource').select('spec').where('kind', '=', 'capability').where('archived_at', 'is', null).orderBy('ref').execute()
  return [...shippedCapabilities().list(), ...rows.map((row) => row.spec as unknown as Capability)]
}
