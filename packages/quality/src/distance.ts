// How far counted values lie from a reference. Pure.

import type { Measure, Reference } from './types.ts'

/** `counts` by part of the reference; the first is what lies in none. */
export function distanceOf(method: Extract<Measure, { kind: 'spread' }>['method'], counts: readonly number[], { weights }: Reference): number | undefined {
  const total = counts.reduce((sum, n) => sum + n, 0)
  const sum = weights.reduce((all, weight) => all + weight, 0)
  if (total === 0 || sum <= 0) return undefined
  const expected = [0, ...weights.map((weight) => weight / sum)]
  if (method === 'chi-square') return chiSquare(counts, expected, total)
  const parts = expected.map((q, i) => ({ p: (counts[i] ?? 0) / total, q }))
  if (method === 'kl-divergence') return parts.reduce((all, { p, q }) => all + (p === 0 ? 0 : p * Math.log(p / q)), 0)
  // The index is meant for coarse bins, where an empty one is nearly empty.
  const floor = (x: number): number => Math.max(x, 1e-4)
  return parts.reduce((all, { p, q }) => all + (p === 0 && q === 0 ? 0 : (floor(p) - floor(q)) * Math.log(floor(p) / floor(q))), 0)
}

/** Of Pearson's test; 0 where there is what cannot be. */
function chiSquare(counts: readonly number[], expected: readonly number[], total: number): number {
  let statistic = 0
  let parts = 0
  for (const [i, q] of expected.entries()) {
    const observed = counts[i] ?? 0
    if (q === 0) {
      if (observed > 0) return 0
      continue
    }
    parts += 1
    statistic += (observed - q * total) ** 2 / (q * total)
  }
  return parts < 2 ? 1 : upperGamma((parts - 1) / 2, statistic / 2)
}

/** Q(a, x), the regularised upper incomplete gamma function: by its series below a + 1, by its continued fraction above. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let n = 1; n < 10_000 && Math.abs(term) > Math.abs(sum) * 1e-15; n += 1) sum += term *= x / (a + n)
    return Math.max(0, 1 - scale * sum)
  }
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let h = d
  for (let i = 1; i < 10_000; i += 1) {
    const an = -i * (i - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    h *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return scale * h
}

/** Stirling's series, after shifting the argument to where it is exact to 15 digits. */
function logGamma(z: number): number {
  let x = z
  let shift = 0
  while (x < 15) {
    shift -= Math.log(x)
    x += 1
  }
  const r = 1 / (x * x)
  return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + (1 / 12 - r * (1 / 360 - r * (1 / 1_260 - r / 1_680))) / x
}
