// Record batches (version 2), uncompressed.

export interface BrokerRecord {
  readonly partition: number
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
}

export interface Batch { readonly count: number; readonly producerId: bigint; readonly epoch: number; readonly sequence: number; records(first: number): readonly Omit<BrokerRecord, 'partition'>[] }

const HEAD = 61

export function readBatch(batch: Buffer): Batch {
  if (batch.readInt8(16) !== 2) throw new Error('only batches of version 2 are read')
  const count = batch.readInt32BE(57)
  return { count, producerId: batch.readBigInt64BE(43), epoch: batch.readInt16BE(51), sequence: batch.readInt32BE(53), records: (first) => readRecords(batch, first, count) }
}

function readRecords(batch: Buffer, first: number, count: number): readonly Omit<BrokerRecord, 'partition'>[] {
  let at = HEAD
  const varint = (): number => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = batch.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return Number((value >> 1n) ^ -(value & 1n))
  }
  const bytes = (): Buffer | null => {
    const length = varint()
    if (length < 0) return null
    at += length
    return batch.subarray(at - length, at)
  }
  return Array.from({ length: count }, () => {
    varint()
    at += 1
    varint()
    const offset = first + varint()
    const [key, value] = [bytes(), bytes()]
    const headers = Object.fromEntries(Array.from({ length: varint() }, () => [bytes()?.toString() ?? '', bytes()?.toString() ?? '']))
    return { offset, key, value, headers }
  })
}

/** A batch without a producer's number; its checksum is left out, which the readers here do not mind. */
export function batchesIn(records: readonly { readonly key: Buffer | null; readonly value: Buffer | null }[]): Buffer {
  const varint = (value: number): Buffer => {
    const out: number[] = []
    let left = value < 0 ? BigInt(-value) * 2n - 1n : BigInt(value) * 2n
    for (; left >= 0x80n; left >>= 7n) out.push(Number(left & 0x7fn) | 0x80)
    out.push(Number(left))
    return Buffer.from(out)
  }
  const bytes = (value: Buffer | null): Buffer => (value === null ? varint(-1) : Buffer.concat([varint(value.length), value]))
  const bodies = records.map(({ key, value }, i) => {
    const body = Buffer.concat([Buffer.alloc(1), varint(0), varint(i), bytes(key), bytes(value), varint(0)])
    return Buffer.concat([varint(body.length), body])
  })
  const head = Buffer.alloc(HEAD)
  const tail = Buffer.concat(bodies)
  head.writeInt32BE(HEAD - 12 + tail.length, 8)
  head.writeInt8(2, 16)
  head.writeInt32BE(records.length - 1, 23)
  head.writeBigInt64BE(BigInt(Date.now()), 27)
  head.writeBigInt64BE(BigInt(Date.now()), 35)
  head.writeBigInt64BE(-1n, 43)
  head.writeInt16BE(-1, 51)
  head.writeInt32BE(-1, 53)
  head.writeInt32BE(records.length, 57)
  return Buffer.concat([head, tail])
}
