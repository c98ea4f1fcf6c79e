// How long statements took, as counts in buckets that grow by a tenth: small enough to keep for each minute and product, and a
// percentile of them is right within five percent. Pure.

const GROWTH = 1.1
/** Above it, about a quarter of an hour, nobody asks for the exact time. */
const LAST = Math.ceil(Math.log(900_000) / Math.log(GROWTH))

/** 0 is up to a millisecond. */
export const bucketOf = (milliseconds: number): number => (milliseconds <= 1 ? 0 : Math.min(LAST, Math.ceil(Math.log(milliseconds) / Math.log(GROWTH) - 1e-9)))

/** What is said of a bucket: the middle of it, in milliseconds. */
export const middleOf = (bucket: number): number => (bucket === 0 ? 1 : (GROWTH ** bucket + GROWTH ** (bucket - 1)) / 2)

export type Buckets = ReadonlyMap<number, number>

export const totalOf = (buckets: Buckets): number => [...buckets.values()].reduce((sum, count) => sum + count, 0)

/** The time within which `percent` of statements were done; undefined where there were none. */
export function percentileOf(buckets: Buckets, percent: number): number | undefined {
  const total = totalOf(buckets)
  if (total === 0) return undefined
  let left = Math.ceil((percent / 100) * total)
  for (const [bucket, count] of [...buckets].toSorted(([a], [b]) => a - b)) {
    left -= count
    if (left <= 0) return middleOf(bucket)
  }
  return undefined
}
