// Distributions in at most 2,000 points: joined, thinned, asked. Each join moves a rank by a 2,000th at most.

import type { Distribution } from './types.ts'

export const POINTS = 2_000

const NOTHING: Distribution = { values: [], counts: [] }

/** The distribution of both. Known exactly at the points of one, it is off by what lies between two points of the other. */
export function joinDistributions(a: Distribution = NOTHING, b: Distribution = NOTHING): Distribution {
  const values: number[] = []
  const counts: number[] = []
  for (let i = 0, j = 0; i < a.values.length || j < b.values.length;) {
    const value = Math.min(a.values[i] ?? Infinity, b.values[j] ?? Infinity)
    if (a.values[i] === value) i += 1
    if (b.values[j] === value) j += 1
    values.push(value)
    counts.push((a.counts[i - 1] ?? 0) + (b.counts[j - 1] ?? 0))
  }
  return thin({ values, counts })
}

/** As many values in all, of which the given ones are a sample. */
export const scaled = ({ values, counts }: Distribution, total: number): Distribution => {
  const sampled = counts.at(-1) ?? 0
  return sampled === 0 ? NOTHING : { values, counts: counts.map((count) => Math.round((count * total) / sampled)) }
}

/** The first point, and of each 2,000th the last one: a value that many rows share keeps its whole step. */
function thin({ values, counts }: Distribution): Distribution {
  const total = counts.at(-1) ?? 0
  const part = (i: number): number => Math.floor((((counts[i] ?? 0) - 1) * POINTS) / total)
  const kept = values.flatMap((_, i) => (i === 0 || i === values.length - 1 || part(i) !== part(i + 1) ? [i] : []))
  return { values: kept.map((i) => values[i] as number), counts: kept.map((i) => counts[i] as number) }
}

/** The smallest value that so large a share of values does not exceed. */
export function quantileOf({ values, counts }: Distribution, share: number): number | undefined {
  const wanted = share * (counts.at(-1) ?? 0)
  const found = firstAtLeast(counts, wanted)
  return values[Math.min(found, values.length - 1)]
}

/** Of the values that lie in each of so many bins of one width; the last one has its upper edge. */
export function binsOf(distribution: Distribution, bins: number): { readonly low: number; readonly high: number; readonly counts: readonly number[] } | undefined {
  const [low, high] = [distribution.values[0], distribution.values.at(-1)]
  if (low === undefined || high === undefined) return undefined
  if (low === high) return { low, high, counts: [distribution.counts.at(-1) ?? 0] }
  // What lies on an inner edge belongs to the bin above it.
  const below = (edge: number): number => distribution.counts[firstAtLeast(distribution.values, edge) - 1] ?? 0
  const edges = Array.from({ length: bins }, (_, i) => (i === 0 ? 0 : below(low + ((high - low) * i) / bins)))
  return { low, high, counts: edges.map((start, i) => (edges[i + 1] ?? distribution.counts.at(-1) ?? 0) - start) }
}

function firstAtLeast(rising: readonly number[], wanted: number): number {
  let [low, high] = [0, rising.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rising[middle] as number) >= wanted) high = middle
    else low = middle + 1
  }
  return low
}
