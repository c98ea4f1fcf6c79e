// Puts a lake together from its ports.

import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '@tulle/kernel'
import { systemClock } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import type { Catalog, FileCipher, Ids, Lake } from './types.ts'
import { listMemory, manifestMemory, metadataMemory } from './metadata-memory.ts'

export interface LakeOptions { readonly catalog: Catalog; readonly objects: Objects; readonly clock?: Clock; readonly ids?: Ids; readonly cipher?: FileCipher }

/** Time and identities are the system's own unless they are given. */
export const openLake = ({ catalog, objects, clock = systemClock, ids = randomIds, cipher }: LakeOptions): Lake =>
  ({ catalog, objects, clock, ids, ...(cipher !== undefined && { cipher }), memory: metadataMemory(), lists: listMemory(), manifests: manifestMemory() })

const randomIds: Ids = {
  uuid: () => randomUUID(),
  // Zero and negative ids are legal, but some writers use them to say "none".
  snapshotId: () => ((randomBytes(8).readBigUInt64BE() >> 1n) | 1n).toString(),
}
