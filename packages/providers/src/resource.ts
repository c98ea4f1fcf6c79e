// A kind, a name and declared facts become a resource. Equal facts give an equal fingerprint.

import { fingerprintOf } from '@tulle/kernel'
import type { Json, Place } from '@tulle/kernel'
import type { Resource, ResourceKind, Spec } from './types.ts'

interface Declared {
  readonly kind: ResourceKind
  /** The address without its kind: `flights.flights`. */
  readonly name: string
  readonly product?: string
  readonly facts: { readonly [member: string]: Json | undefined }
  readonly declaredBy?: { readonly place: Place }
}

/** Makes a resource of its declared facts; undefined ones are left out. */
export function resourceOf({ kind, name, product, facts, declaredBy }: Declared): Resource {
  const spec = withoutUndefined(facts)
  return Object.freeze({
    kind,
    ref: `${kind}:${name}`,
    ...(product !== undefined && { product }),
    spec,
    fingerprint: fingerprintOf(spec),
    ...(declaredBy !== undefined && { declaredBy }),
  })
}

function withoutUndefined(facts: Spec): Spec {
  const kept: Record<string, Json> = {}
  for (const [member, value] of Object.entries(facts)) if (value !== undefined) kept[member] = value
  return Object.freeze(kept)
}
