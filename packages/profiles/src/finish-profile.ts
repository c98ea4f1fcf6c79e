// What was read as people look at it: quantiles, a histogram, the most common values. Pure.

import { binsOf, quantileOf } from './distribution.ts'
import { countOf } from './registers.ts'
import type { ColumnPart, ColumnProfile, Counted, Part, Profile } from './types.ts'

const STEPS = 200
const BINS = 24
const MOST_TOP = 20
/** So many values of a column are kept whole, as a list of what there is. */
const MOST_LISTED = 100
const MOST_SHAPES = 5

export const finishProfile = ({ rows, columns }: Part): Profile => ({ rows, columns: columns.map((column) => finish(column, rows)) })

function finish(column: ColumnPart, rows: number): ColumnProfile {
  const { fieldId, name, type, kind, nulls, min, max, mean, length, counted, isComplete, distribution, shapes, trouble } = column
  if (trouble !== undefined) return { fieldId, name, type, kind, nulls, trouble }
  const filled = rows - nulls
  const distinct = column.distinct ?? (column.registers === undefined ? undefined : Math.min(countOf(column.registers), filled))
  const isListed = isComplete && counted.length <= MOST_LISTED
  const top = isListed ? counted : counted.filter(({ count }) => count > 1).slice(0, MOST_TOP)
  const histogram = distribution === undefined ? undefined : binsOf(distribution, BINS)
  return {
    fieldId, name, type, kind, nulls,
    ...(distinct !== undefined && { distinct }),
    ...(column.sampled !== undefined && { isEstimate: true as const }),
    ...(min !== undefined && { min }), ...(max !== undefined && { max }), ...(mean !== undefined && { mean }), ...(length !== undefined && { length }),
    ...(distribution !== undefined && distribution.values.length > 0 && { quantiles: Array.from({ length: STEPS + 1 }, (_, i) => quantileOf(distribution, i / STEPS) ?? 0) }),
    ...(histogram !== undefined && { histogram }),
    ...(kind !== 'other' && { top }),
    ...(isListed && { isComplete: true as const }),
    ...(shapes !== undefined && shapes.length > 0 && { shapes: common(shapes) }),
  }
}

const common = (shapes: readonly Counted[]): readonly Counted[] => shapes.slice(0, MOST_SHAPES)
