// A linear fit that a few wild values hardly move, by Huber's weights. Pure.

export interface Fit { at(row: readonly number[]): number }

const ROUNDS = 12
/** Huber's constant: 95 % as good as least squares where nothing is wild. */
const HUBER = 1.345
/** Holds coefficients of what was never seen at nothing. */
const RIDGE = 0.02

/** `rows` are the regressors of each value; the first `free` of them are fitted freely. */
export function fitRobustly(rows: readonly (readonly number[])[], values: readonly number[], free: number): Fit {
  let weights = values.map(() => 1)
  let coefficients = solve(rows, values, weights, free)
  const at = (row: readonly number[]): number => row.reduce((sum, x, i) => sum + x * (coefficients[i] ?? 0), 0)
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = values.map((value, i) => value - at(rows[i] ?? []))
    const scale = Math.max(spreadOf(left), 1e-12)
    // A wild value keeps a little pull: a day of the week may look wild until its own coefficient is found.
    weights = left.map((one) => Math.min(1, (HUBER * scale) / Math.max(Math.abs(one), 1e-300)))
    coefficients = solve(rows, values, weights, free)
  }
  return { at }
}

/** Standard deviation by the median of absolute deviations. */
export const spreadOf = (left: readonly number[]): number => 1.4826 * medianOf(left.map(Math.abs))

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length === 0 ? 0 : sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Weighted least squares by the normal equations, eliminated with pivots. */
function solve(rows: readonly (readonly number[])[], values: readonly number[], weights: readonly number[], free: number): readonly number[] {
  const size = rows[0]?.length ?? 0
  const matrix = Array.from({ length: size }, (_row, i) => Array.from({ length: size + 1 }, (_cell, j): number => (i === j ? (i < free ? 1e-9 : RIDGE) : 0)))
  rows.forEach((row, n) => {
    const weight = weights[n] ?? 0
    if (weight === 0) return
    for (let i = 0; i < size; i += 1) {
      const cells = matrix[i] as number[]
      const x = (row[i] ?? 0) * weight
      if (x === 0) continue
      for (let j = 0; j < size; j += 1) cells[j] = (cells[j] ?? 0) + x * (row[j] ?? 0)
      cells[size] = (cells[size] ?? 0) + x * (values[n] ?? 0)
    }
  })
  for (let i = 0; i < size; i += 1) {
    const pivot = matrix.slice(i).reduce((best, row, k) => (Math.abs(row[i] ?? 0) > Math.abs(matrix[best]?.[i] ?? 0) ? i + k : best), i)
    ;[matrix[i], matrix[pivot]] = [matrix[pivot] as number[], matrix[i] as number[]]
    const top = matrix[i] as number[]
    const head = top[i] ?? 0
    if (head === 0) continue
    for (let k = 0; k < size; k += 1) {
      const row = matrix[k] as number[]
      const factor = k === i ? 0 : (row[i] ?? 0) / head
      if (factor !== 0) for (let j = i; j <= size; j += 1) row[j] = (row[j] ?? 0) - factor * (top[j] ?? 0)
    }
  }
  return matrix.map((row, i) => ((row[i] ?? 0) === 0 ? 0 : (row[size] ?? 0) / (row[i] ?? 1)))
}
