// A real control database and a real warehouse folder, gone with the rig.

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'
import type { MeshModel } from '@tulle/model'
import type { Store } from '@tulle/store'
import { testStore } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import { desiredMesh } from '../desired-mesh.ts'
import { embeddedProviders } from '../embedded.ts'
import { meshObserver } from '../observe-mesh.ts'
import type { ObserveMesh } from '../observe-mesh.ts'
import type { Effect, Observed, ObservedMesh, Provider, ProviderContext, Resource, ResourceKind } from '../types.ts'

export interface ProviderRig extends AsyncDisposable {
  readonly store: Store
  readonly testStore: TestStore
  readonly context: ProviderContext
  readonly warehouse: string
  readonly observeMesh: ObserveMesh
  observe(): Promise<ObservedMesh>
  observed(ref: string): Promise<Observed | undefined>
  desired(mesh: MeshModel, ref: string): Resource
  provider(kind: ResourceKind): Provider
  /** Creates everything that a mesh asks for, provider by provider. */
  create(mesh: MeshModel): Promise<void>
}

export async function providerRig(): Promise<ProviderRig> {
  const database = await testStore()
  const warehouse = await mkdtemp(join(tmpdir(), 'tulle-warehouse-'))
  const { store } = database
  const context: ProviderContext = { db: store.db, objects: localObjects(warehouse), clock: systemClock, newId: randomUUID }
  const observeMesh = meshObserver(embeddedProviders)
  const provider = (kind: ResourceKind): Provider => found(embeddedProviders.find((known) => known.kind === kind), kind)
  const observe = (): Promise<ObservedMesh> => observeMesh(context)
  return {
    store,
    testStore: database,
    context,
    warehouse,
    observeMesh,
    observe,
    observed: async (ref) => (await observe()).resources.get(ref),
    desired: (mesh, ref) => found(desiredMesh(mesh, { providers: embeddedProviders }).resources.get(ref), ref),
    provider,
    create: async (mesh) => {
      const { resources } = desiredMesh(mesh, { providers: embeddedProviders })
      for (const resource of resources.values()) effectOf(await provider(resource.kind).create(context, resource))
    },
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await rm(warehouse, { recursive: true, force: true })
    },
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The mesh of this test has no ${what}.`)
  return value
}

/** The effect, or an error that says why there is none. */
export function effectOf(result: Result<Effect>): Effect {
  if (result.ok) return result.value
  throw new Error(result.diagnostics.map((diagnostic) => diagnostic.message).join('\n'))
}
