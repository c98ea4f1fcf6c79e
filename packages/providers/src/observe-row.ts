// A row becomes an observed resource. Pure: it says what the row says, and whether that is what the last apply wrote.

import { fingerprintOf } from '@tulle/kernel'
import type { Observed, ResourceRow } from './types.ts'

export function observeRow(row: ResourceRow): Observed {
  const fingerprint = fingerprintOf(row.spec)
  return {
    id: row.id,
    kind: row.kind,
    ref: row.ref,
    ...(row.product !== undefined && { product: row.product }),
    spec: row.spec,
    fingerprint,
    ...(row.made !== undefined && { made: row.made }),
    archived: row.archived,
    ...(fingerprint !== row.recorded && {
      drift: {
        reason: 'row-changed',
        message: `The row of ${row.ref} in the control database was changed by hand.`,
        remedy: 'It will say again what the files say.',
      },
    }),
  }
}
