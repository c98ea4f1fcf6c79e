// The records of batches that are there for readers of what is committed: none of transactions that were taken back, and no marks.

export interface TopicRecord { readonly offset: bigint; readonly timestamp: bigint; readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: Headers }
/** Names and values, in their order. */
type Headers = readonly (readonly [Buffer | null, Buffer | null])[]

interface Batch {
  readonly firstOffset: bigint
  readonly lastOffsetDelta: number
  readonly attributes: number
  readonly firstTimestamp: bigint
  readonly producerId: bigint
  readonly records: readonly { readonly offsetDelta: number; readonly timestampDelta: bigint; readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: Headers }[]
}
interface Aborted { readonly producerId: bigint; readonly firstOffset: bigint }

const IS_TRANSACTIONAL = 1 << 4
const IS_MARK = 1 << 5

/** `next`: the offset behind all of them; undefined where there is no batch. */
export function committedRecords(batches: readonly Batch[], aborted: readonly Aborted[]): { readonly records: readonly TopicRecord[]; readonly next: bigint | undefined } {
  const waiting = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  const open = new Set<bigint>()
  const records: TopicRecord[] = []
  let next: bigint | undefined
  for (const batch of batches) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta)
    while (waiting[0] !== undefined && waiting[0].firstOffset <= last) open.add((waiting.shift() as Aborted).producerId)
    next = last + 1n
    if ((batch.attributes & IS_MARK) !== 0) {
      open.delete(batch.producerId)
      continue
    }
    if ((batch.attributes & IS_TRANSACTIONAL) !== 0 && open.has(batch.producerId)) continue
    for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) records.push({ offset: batch.firstOffset + BigInt(offsetDelta), timestamp: batch.firstTimestamp + timestampDelta, key, value, headers })
  }
  return { records, next }
}
