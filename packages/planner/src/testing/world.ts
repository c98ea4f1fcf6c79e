// The observed mesh as it would be after an apply, without any database: the algebra of plans is tested on it. That a
// real apply ends in the same place is a test of its own.

import { Bug, sha256 } from '@tulle/kernel'
import { desiredMesh, embeddedProviders } from '@tulle/providers'
import type { Observed, ObservedGrant, ObservedMesh } from '@tulle/providers'
import type { MeshModel } from '@tulle/model'
import { changesOf, planMesh } from '../plan.ts'
import type { Plan } from '../types.ts'

export const emptyWorld: ObservedMesh = { generation: '0', resources: new Map(), grants: [], basis: basisOf([]) }

/** The world in which a mesh was applied and nothing happened since. */
export function worldOf(mesh: MeshModel, grants: readonly ObservedGrant[] = []): ObservedMesh {
  const world = afterApply(emptyWorld, planMesh(desiredMesh(mesh, { providers: embeddedProviders }), emptyWorld, { providers: embeddedProviders }))
  return { ...world, grants }
}

/** What a plan leaves behind. Ids follow from addresses, so equal worlds are equal values. */
export function afterApply(world: ObservedMesh, plan: Plan): ObservedMesh {
  if (plan.basis !== world.basis) throw new Bug('this plan was made on another world.')
  const resources = new Map(world.resources)
  for (const change of changesOf(plan)) {
    const before = resources.get(change.ref)
    if (change.action === 'destroy') resources.delete(change.ref)
    else if (!('desired' in change)) {
      if (before === undefined) throw new Bug(`${change.ref} cannot be archived: it is not there.`)
      resources.set(change.ref, { ...before, archived: true })
    } else {
      const { kind, ref, product, spec, fingerprint } = change.desired
      resources.set(ref, { id: before?.id ?? `id of ${ref}`, kind, ref, ...(product !== undefined && { product }), spec, fingerprint, archived: false })
    }
  }
  const observed = [...resources.values()]
  return { ...world, generation: String(Number(world.generation) + 1), resources, basis: basisOf(observed) }
}

/** The same world with some of its resources changed by hand. */
export function withDrift(world: ObservedMesh, changes: Readonly<Record<string, Partial<Observed>>>): ObservedMesh {
  const resources = new Map(world.resources)
  for (const [ref, change] of Object.entries(changes)) {
    const before = resources.get(ref)
    if (before === undefined) throw new Bug(`${ref} is not there.`)
    resources.set(ref, { ...before, ...change })
  }
  return { ...world, resources, basis: basisOf([...resources.values()]) }
}

function basisOf(observed: readonly Observed[]): string {
  return sha256(observed.map(({ id, ref, fingerprint, archived, drift }) => `${id} ${ref} ${fingerprint} ${archived} ${drift?.reason}`).toSorted().join('\n'))
}
