// Rows that move in a process that dies at a step of our choice: an object and its digest, a pointer, what stands beside it.

import { join } from 'node:path'
import { ok } from '@tulle/kernel'
import { openLake } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import { localObjects } from '@tulle/objects'
import { openColdStore } from '../cold/cold-store.ts'
import type { restoreRows } from '../cold/restore-rows.ts'
import type { ColdStore } from '../cold/types.ts'
import type { MaintenanceOptions } from '../types.ts'
import type { ColdRig } from './cold-rig.ts'

export type Dying = Parameters<typeof restoreRows>[0]

/** Whether something failed because it died so. */
export const hasDied = (error: unknown): boolean => String(error).includes('died')

/** Dies after `life` steps. The bug that is planted: what leaves and what arrives are two commits. */
export function mortalMoves({ rig, lake, place, engine, engines }: ColdRig, life: number, { isPlanted = false, suppression }: { readonly isPlanted?: boolean } & Pick<MaintenanceOptions, 'suppression'> = {}): Dying {
  let steps = 0
  const step = (): void => {
    steps += 1
    if (steps > life) throw new Error('died')
  }
  const after = async <T>(work: Promise<T>): Promise<T> => {
    const done = await work
    step()
    return done
  }
  const mortalObjects = (objects: Objects): Objects => ({
    address: (path) => objects.address(path), pathOf: (address) => objects.pathOf(address), read: (address) => objects.read(address), localFile: (address) => objects.localFile(address),
    list: (prefix) => objects.list(prefix), facts: (address) => objects.facts(address), unfinished: (prefix) => objects.unfinished(prefix), remove: (address) => objects.remove(address),
    create: (path, bytes) => after(objects.create(path, bytes)), adopt: (path, file) => after(objects.adopt(path, file)),
  })
  const objects = mortalObjects(rig.context.objects)
  const store = openColdStore({ db: rig.store.db, objects, clock: lake.clock, open: async () => ok(mortalObjects(localObjects(place))) })
  const cold: ColdStore = {
    ...store,
    async lakeOf(table) {
      const found = await store.lakeOf(table)
      if (!found.ok) return found
      const { committing } = found.value
      return ok({
        ...found.value,
        committing: (also) => {
          const both = committing(async (tx) => {
            step()
            await also(tx)
            step()
          })
          const swap: typeof both.catalog.swap = async (swaps) => {
            if (isPlanted) for (const one of swaps) await after(committing(async () => undefined).catalog.swap([one]))
            return isPlanted ? 'swapped' : after(both.catalog.swap(swaps))
          }
          return { ...both, catalog: { ...both.catalog, swap } }
        },
      })
    },
  }
  return { store: rig.store, lake: openLake({ catalog: lake.catalog, objects, clock: lake.clock }), clock: lake.clock, engine, workFolder: join(engines.data, 'dying'), cold, signal: new AbortController().signal, ...(suppression !== undefined && { suppression }) }
}
