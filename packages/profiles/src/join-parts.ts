// Joins what was read of some rows with what was read of others, as if all had been read at once. Pure.

import { joinDistributions } from './distribution.ts'
import { joinRegisters } from './registers.ts'
import { MOST_COUNTED } from './column-sql.ts'
import { MOST_COMMON } from './read-part.ts'
import type { ColumnPart, Counted, Part } from './types.ts'

/** After so many joins all rows are read again: each moves a rank by a 2,000th at most. */
const MOST_JOINS = 16

/** Undefined where they do not fit: other columns, another hash, a column that could not be read, or too many joins. */
export function joinParts(a: Part, b: Part): Part | undefined {
  if (a.hash !== b.hash || a.columns.length !== b.columns.length || a.joins >= MOST_JOINS) return undefined
  const columns: ColumnPart[] = []
  for (const [i, one] of a.columns.entries()) {
    const other = b.columns[i]
    const joined = other === undefined ? undefined : joinColumns(one, other, a.rows, b.rows)
    if (joined === undefined) return undefined
    columns.push(joined)
  }
  return { rows: a.rows + b.rows, joins: a.joins + 1, hash: a.hash, columns }
}

function joinColumns(a: ColumnPart, b: ColumnPart, rowsOfA: number, rowsOfB: number): ColumnPart | undefined {
  if (a.fieldId !== b.fieldId || JSON.stringify(a.type) !== JSON.stringify(b.type) || a.trouble !== undefined || b.trouble !== undefined) return undefined
  const [filledA, filledB] = [rowsOfA - a.nulls, rowsOfB - b.nulls]
  const { fieldId, type, kind } = a
  const known = { fieldId, name: b.name, type, kind, nulls: a.nulls + b.nulls }
  if (kind === 'other') return { ...known, counted: [], isComplete: false }
  if (filledA === 0) return { ...b, ...known }
  if (filledB === 0) return { ...a, ...known }
  const ends = kind === 'text' || kind === 'time' || kind === 'boolean' ? compareTexts : compareNumbers
  const least = smaller(a.min, b.min, ends)
  const most = smaller(a.max, b.max, (x, y) => ends(y, x))
  const mean = weighed(a.mean, filledA, b.mean, filledB)
  const counted = joinCounted(a.counted, b.counted)
  const isComplete = a.isComplete && b.isComplete && counted.length <= MOST_COUNTED
  // A part whose values are all known has no registers; its rows are read again where the other one's are not.
  if (!isComplete && (a.registers === undefined || b.registers === undefined)) return undefined
  return {
    ...known,
    ...(least !== undefined && most !== undefined && { min: least, max: most }),
    ...(mean !== undefined && { mean }),
    ...(a.length !== undefined && b.length !== undefined && { length: { min: Math.min(a.length.min, b.length.min), max: Math.max(a.length.max, b.length.max), mean: weighed(a.length.mean, filledA, b.length.mean, filledB) ?? 0 } }),
    counted: isComplete ? counted : counted.slice(0, MOST_COMMON),
    isComplete,
    ...(isComplete && { distinct: counted.length }),
    ...(a.registers !== undefined && b.registers !== undefined && !isComplete && { registers: joinRegisters(a.registers, b.registers) }),
    ...((a.distribution ?? b.distribution) !== undefined && { distribution: joinDistributions(a.distribution, b.distribution) }),
    ...((a.shapes ?? b.shapes) !== undefined && { shapes: joinCounted(a.shapes ?? [], b.shapes ?? []).slice(0, 20) }),
    ...(!isComplete && { sampled: (a.sampled ?? filledA) + (b.sampled ?? filledB) }),
  }
}

function joinCounted(a: readonly Counted[], b: readonly Counted[]): readonly Counted[] {
  const counts = new Map<string, number>()
  for (const { value, count } of [...a, ...b]) counts.set(value, (counts.get(value) ?? 0) + count)
  return [...counts].map(([value, count]) => ({ value, count })).toSorted((x, y) => y.count - x.count || compareTexts(x.value, y.value))
}

const weighed = (a: number | undefined, weightOfA: number, b: number | undefined, weightOfB: number): number | undefined =>
  (a === undefined || b === undefined ? a ?? b : (a * weightOfA + b * weightOfB) / (weightOfA + weightOfB))

const smaller = (a: string | undefined, b: string | undefined, compare: (a: string, b: string) => number): string | undefined =>
  (a === undefined || b === undefined ? a ?? b : compare(a, b) <= 0 ? a : b)

/** As the engine orders texts: by their bytes. */
const compareTexts = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const compareNumbers = (a: string, b: string): number => {
  // Decimals of one column have one scale; without their point they are whole.
  const [x, y] = [a, b].map((text) => text.replace('.', ''))
  if (/^-?\d+$/u.test(x ?? '') && /^-?\d+$/u.test(y ?? '') && a.includes('.') === b.includes('.') && a.split('.')[1]?.length === b.split('.')[1]?.length) return BigInt(x ?? 0) < BigInt(y ?? 0) ? -1 : Number(x !== y)
  return Number(a) - Number(b)
}
