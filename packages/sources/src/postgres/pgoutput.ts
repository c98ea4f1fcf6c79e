// Messages of PostgreSQL's logical replication (plugin pgoutput, protocol 1), as its manual describes them in "Logical Replication
// Message Formats".

export interface ReplicatedColumn { readonly name: string; readonly isKey: boolean; readonly type: number; readonly modifier: number }
export interface ReplicatedTable { readonly id: number; readonly schema: string; readonly name: string; readonly columns: readonly ReplicatedColumn[] }

/** A value is text, null, or `KEPT`: too large to be sent again, and not changed. */
export const KEPT = Symbol('kept')
export type ReplicatedValue = string | null | typeof KEPT

export type Replicated =
  | { readonly kind: 'begin'; readonly lsn: bigint }
  | { readonly kind: 'commit'; readonly end: bigint }
  | { readonly kind: 'table'; readonly table: ReplicatedTable }
  | { readonly kind: 'insert'; readonly table: number; readonly row: readonly ReplicatedValue[] }
  /** `before` where the key changed (its columns alone) or where the table sends whole rows. */
  | { readonly kind: 'update'; readonly table: number; readonly before?: readonly ReplicatedValue[]; readonly isWhole: boolean; readonly row: readonly ReplicatedValue[] }
  | { readonly kind: 'delete'; readonly table: number; readonly before: readonly ReplicatedValue[] }
  | { readonly kind: 'truncate'; readonly tables: readonly number[] }
  | { readonly kind: 'other' }

/** Throws `RangeError` where the bytes are no such message. */
export function readMessage(bytes: Buffer): Replicated {
  let at = 1
  const byte = (): number => bytes.readUInt8(at++)
  const int16 = (): number => bytes.readInt16BE((at += 2) - 2)
  const int32 = (): number => bytes.readInt32BE((at += 4) - 4)
  const oid = (): number => bytes.readUInt32BE((at += 4) - 4)
  const int64 = (): bigint => bytes.readBigUInt64BE((at += 8) - 8)
  const text = (): string => {
    const end = bytes.indexOf(0, at)
    if (end < 0) throw new RangeError('a text does not end')
    const found = bytes.toString('utf8', at, end)
    at = end + 1
    return found
  }
  const row = (): readonly ReplicatedValue[] => Array.from({ length: int16() }, () => {
    switch (String.fromCharCode(byte())) {
      case 'n': return null
      case 'u': return KEPT
      case 't': {
        const length = int32()
        if (length < 0 || at + length > bytes.length) throw new RangeError('a value is longer than its message')
        return bytes.toString('utf8', at, (at += length))
      }
      default: throw new RangeError('a value of an unknown kind')
    }
  })
  switch (String.fromCharCode(bytes.readUInt8(0))) {
    case 'B': return { kind: 'begin', lsn: int64() }
    case 'C': {
      byte()
      int64()
      return { kind: 'commit', end: int64() }
    }
    case 'R': {
      const id = oid()
      const [schema, name] = [text(), text()]
      byte()
      const columns = Array.from({ length: int16() }, () => ({ isKey: (byte() & 1) === 1, name: text(), type: oid(), modifier: int32() }))
      return { kind: 'table', table: { id, schema, name, columns } }
    }
    case 'I': {
      const table = oid()
      byte()
      return { kind: 'insert', table, row: row() }
    }
    case 'U': {
      const table = oid()
      const mark = String.fromCharCode(byte())
      if (mark === 'N') return { kind: 'update', table, isWhole: false, row: row() }
      const before = row()
      byte()
      return { kind: 'update', table, before, isWhole: mark === 'O', row: row() }
    }
    case 'D': {
      const table = oid()
      byte()
      return { kind: 'delete', table, before: row() }
    }
    case 'T': {
      const count = int32()
      byte()
      return { kind: 'truncate', tables: Array.from({ length: count }, oid) }
    }
    default: return { kind: 'other' }
  }
}

/** `16/B374D848`. */
export function parseLsn(text: string): bigint {
  const [high = '', low = ''] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

export const printLsn = (lsn: bigint): string => `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`
