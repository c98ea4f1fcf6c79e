// What a change of a contract means at each kind of port that offers the data set: the comparison of `contracts`, asked once per kind.
// Pure.

import { compareContracts, portKindsOf } from '@tulle/contracts'
import type { PortKind } from '@tulle/contracts'
import type { Json } from '@tulle/kernel'
import type { DesiredMesh, ObservedMesh, Spec } from '@tulle/providers'
import type { Change, PortEffect } from './types.ts'

/** The same change with its effects, where its contract differs. */
export function withEffects<C extends Change>(change: C, desired: DesiredMesh, observed: ObservedMesh): C {
  if (change.kind !== 'data-set' || !('desired' in change) || change.action === 'create') return change
  const seen = observed.resources.get(change.ref)
  const [before, after] = [documentOf(seen?.spec), documentOf(change.desired.spec)]
  if (before === undefined || after === undefined || !change.fields.some(({ path }) => path.startsWith('contract'))) return change
  const effects = portsOf(change, desired).map((port): PortEffect => {
    const { severity, changes } = compareContracts(before, after, { port, direction: 'forward' })
    return { port, severity, changes }
  })
  return effects.length === 0 ? change : { ...change, effects }
}

function documentOf(spec: Spec | undefined): Json | undefined {
  const contract = spec?.['contract']
  return contract !== null && typeof contract === 'object' && !Array.isArray(contract) ? (contract as { readonly [member: string]: Json | undefined })['document'] : undefined
}

function portsOf({ ref, product }: Change, { resources }: DesiredMesh): readonly PortKind[] {
  const ports = [...resources.values()].flatMap(({ kind: of, product: owner, spec: { kind, dataSets } }) =>
    (of === 'output-port' && owner === product && typeof kind === 'string' && Array.isArray(dataSets) ? [{ kind, dataSets: dataSets.map(String) }] : []))
  return portKindsOf(ports, ref.slice(`data-set:${product ?? ''}.`.length))
}
