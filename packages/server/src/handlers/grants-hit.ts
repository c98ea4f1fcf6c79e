// Which rights a change hits: those that give a column that it reaches.

import type { Grant } from '@tulle/policy'

/** A column of a data set, by the name that all of its versions share. */
export interface HitColumn { readonly dataSet: string; readonly column: string }

/** Pure. How many of the grants on a product give any of these columns. */
export function countGrantsHit(grants: readonly Pick<Grant, 'productId' | 'dataSet' | 'columns'>[], productId: string, hit: readonly HitColumn[]): number {
  const gives = ({ dataSet, columns }: Pick<Grant, 'dataSet' | 'columns'>): boolean =>
    hit.some((one) => (dataSet === undefined || dataSet === one.dataSet) && (columns === undefined || columns.some((column) => column.toLowerCase() === one.column.toLowerCase())))
  return grants.filter((grant) => grant.productId === productId && gives(grant)).length
}
