// What somebody changed by hand since the last apply, whatever the files say now. Pure.

import type { Drift, ObservedMesh } from '@tulle/providers'

export interface Drifted extends Drift {
  readonly ref: string
  readonly product?: string
}

/** Lists what drifted, by address. */
export function findDrift(observed: ObservedMesh): readonly Drifted[] {
  return [...observed.resources.values()]
    .flatMap(({ ref, product, drift }) => (drift === undefined ? [] : [{ ref, ...(product !== undefined && { product }), ...drift }]))
    .toSorted((a, b) => (a.ref < b.ref ? -1 : 1))
}
