// What readers of every vocabulary share: where a check is read, and what a check is before it has a name. Pure.

import type { Place } from '@tulle/kernel'
import { didYouMean } from '@tulle/kernel'
import type { Action, Bound, Check, CheckedRelation, Measure } from './types.ts'
import type { Fault } from './read-values.ts'

/** What a check is about, as its file sees it. */
export interface Subject {
  readonly relation: CheckedRelation
  /** Iceberg's types by column. */
  readonly columns: ReadonlyMap<string, string>
  /** Another table by the name that a person gives it: `data_set` of the same product, or `product.data_set`. */
  readonly other?: (name: string) => CheckedRelation | undefined
}

/** A check without name and place. */
export interface Draft {
  readonly measure: Measure
  readonly bound: Bound
  readonly unit: Check['unit']
  readonly total?: Measure
  readonly warn?: Bound
}

export interface Named { readonly name: string; readonly action: Action; readonly place: Place }

export const checkOf = (draft: Draft & Pick<Check, 'change'>, named: Named): Check => ({ ...draft, ...named, name: named.name.slice(0, 200) })

export const NONE: Bound = { operator: '=', value: 0 }
export const noBadRows = (measure: Measure): Draft => ({ measure, bound: NONE, unit: 'rows' })

/** Undefined where the column is there. */
export function columnFault(column: string, columns: Subject['columns']): Fault | undefined {
  return columns.has(column) ? undefined : { fault: `there is no column "${column.slice(0, 100)}"`, hint: didYouMean(column, columns.keys()) }
}

/** A range of numbers; an end that is not given is open to infinity. */
export const rangeOf = (low: number | undefined, high: number | undefined, { lowOpen = false, highOpen = false } = {}): Bound => ({
  operator: 'between', low: low ?? -Infinity, high: high ?? Infinity, ...(lowOpen && { lowOpen: true as const }), ...(highOpen && { highOpen: true as const }),
})
