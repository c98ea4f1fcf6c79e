// Which rights a change hits: those that give a column that it reaches.

import type { ColumnAt, LineageGraph, Reached } from '@tulle/lineage'
import type { Grant } from '@tulle/policy'

/** What a grant gives, as numbers of the graph, so that thousands are asked about in no time. */
export interface GrantAim {
  readonly grant: Pick<Grant, 'dataSet' | 'columns' | 'expiresAt'>
  /** Data sets that it gives, by name. */
  readonly dataSets: ReadonlySet<string>
  /** Its columns, where it gives only some of them. */
  readonly columns: readonly number[] | undefined
}

interface AimedProduct {
  readonly name: string
  readonly dataSets: readonly string[]
  /** The name that its versions share: grants of that name mean all of them. */
  readonly sharedName: (dataSet: string) => string
}

/** Pure. What each of these grants on a product gives. */
export function aimGrants(graph: Pick<LineageGraph, 'numberOf'>, { name: product, dataSets, sharedName }: AimedProduct, grants: readonly GrantAim['grant'][]): readonly GrantAim[] {
  return grants.map((grant) => {
    const given = dataSets.filter((one) => grant.dataSet === undefined || grant.dataSet === sharedName(one))
    const columns = grant.columns === undefined ? undefined : given.flatMap((name) => (grant.columns ?? []).flatMap((column) => graph.numberOf({ product, kind: 'data-set', name, column }) ?? []))
    return { grant, dataSets: new Set(given), columns }
  })
}

export interface Hit {
  readonly reached: Pick<Reached, 'has'>
  /** Data sets of the product with a column that is hit. */
  readonly dataSets: readonly string[]
  /** What changes of the product: of a column that never ran no graph knows. */
  readonly changed: readonly Pick<ColumnAt, 'name' | 'column'>[]
  readonly now: number
}

/** Pure. How many of the grants on a product, as far as they are in force, give a column that is hit. */
export function countGrantsHit(aims: readonly GrantAim[], { reached, dataSets, changed, now }: Hit): number {
  const gives = ({ grant, dataSets: given, columns }: GrantAim): boolean => {
    if (columns === undefined) return dataSets.some((one) => given.has(one))
    if (columns.some((column) => reached.has(column))) return true
    return changed.some(({ name, column }) => given.has(name) && grant.columns?.some((one) => one.toLowerCase() === column.toLowerCase()) === true)
  }
  return aims.filter((aim) => (aim.grant.expiresAt === undefined || aim.grant.expiresAt > now) && gives(aim)).length
}
