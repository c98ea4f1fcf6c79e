// A row becomes an observed resource. Pure: it says what the row says, and whether that is what the last apply wrote.

import { fingerprintOf } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import type { Drift, Observed, ResourceKind, Spec } from './types.ts'

/** A row as it is read for a look: the declared facts as text, because most of them are never asked for. */
export interface SeenRow {
  readonly id: string
  readonly kind: string
  readonly ref: string
  readonly product: string | null
  /** JSON, without what was made. */
  readonly facts: string
  readonly made: Json | null
  readonly fingerprint: string
  readonly archived: boolean
}

/** The resource that a row says exists. Its spec is read from the text whenever it is asked for: a large mesh has many. */
export function observeRow({ id, kind, ref, product, facts, made, fingerprint: recorded, archived }: SeenRow): Observed {
  const fingerprint = fingerprintOf(JSON.parse(facts) as Spec)
  return {
    id,
    kind: kind as ResourceKind,
    ref,
    ...(product !== null && { product }),
    get spec() {
      return JSON.parse(facts) as Spec
    },
    fingerprint,
    ...(made !== null && { made: made as Spec }),
    archived,
    ...(fingerprint !== recorded && { drift: changedByHand(ref) }),
  }
}

const changedByHand = (ref: string): Drift => ({
  reason: 'row-changed',
  message: `The row of ${ref} in the control database was changed by hand.`,
  remedy: 'It will say again what the files say.',
})
