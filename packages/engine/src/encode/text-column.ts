// A column of texts laid open: where each row's bytes are. Texts of more than twelve bytes lie behind pointers, and each
// look at one is a native call, so neighbours in memory are fetched together.

import duckdb from '@duckdb/node-bindings'
import type { OpenVector } from './vector.ts'

const INLINE = 12

/**
 * Bytes between two texts that are fetched with them. Both ends are mapped memory less than a page apart, so what lies
 * between them is mapped as well; it is never used.
 */
const GAP = 256

/** With so many runs the texts lie in no order. */
const MANY = 32

/** Row → which run its bytes are in, and where. Inline texts are in the vector itself. What stands of rows without a text means nothing. */
export interface TextColumn {
  readonly bytes: readonly Uint8Array[]
  /** The same runs. */
  readonly views: readonly DataView[]
  readonly run: Int32Array
  readonly from: Float64Array
  readonly length: Int32Array
}

/** `kept` is one that is not needed any more, whose memory is used again. */
export function openTexts(vector: OpenVector, size: number, kept?: TextColumn): TextColumn {
  const { bytes, data, validity, type } = vector
  const rooms: Rooms = kept !== undefined && kept.length.length >= size ? kept : { length: new Int32Array(size), from: new Float64Array(size), run: new Int32Array(size) }
  const runs: Uint8Array[] = [bytes]
  const views: DataView[] = [data]
  if (type.kind === 'null') rooms.length.fill(0, 0, size)
  else {
    let row = 0
    while (row < size && runs.length < MANY) row = openRun(bytes, validity, rooms, row, size, runs, views)
    if (row < size) openSorted(bytes, validity, rooms, row, size, runs, views)
  }
  return { bytes: runs, views, run: rooms.run, from: rooms.from, length: rooms.length }
}

type Rooms = Pick<TextColumn, 'run' | 'from' | 'length'>

// Goes on to the first text that is not near those before it, and fetches what lies between the first and the last of them.
// The engine lays texts one behind the other, so these are few.
function openRun(bytes: Uint8Array, validity: Uint8Array | undefined, { run, from, length }: Rooms, first: number, size: number, runs: Uint8Array[], views: DataView[]): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, size * 4)
  const index = runs.length
  let head = -1
  let start = 0
  let end = 0
  let row = first
  for (; row < size; row += 1) {
    if (validity !== undefined && ((validity[row >> 3] as number) & (1 << (row & 7))) === 0) {
      length[row] = 0
      from[row] = 0
      run[row] = 0
      continue
    }
    const bytesLong = words[row * 4] as number
    length[row] = bytesLong
    if (bytesLong <= INLINE) {
      from[row] = row * 16 + 4
      run[row] = 0
      continue
    }
    const address = (words[row * 4 + 3] as number) * 0x1_0000_0000 + (words[row * 4 + 2] as number)
    if (head < 0) {
      head = row
      start = address
      end = address
    } else if (address < start || address > end + GAP) break
    from[row] = address - start
    run[row] = index
    if (address + bytesLong > end) end = address + bytesLong
  }
  if (head >= 0) {
    const piece = duckdb.get_data_from_pointer(bytes.buffer as ArrayBuffer, bytes.byteOffset + head * 16 + 8, end - start)
    runs.push(piece)
    views.push(new DataView(piece.buffer, piece.byteOffset, piece.length))
  }
  return row
}

// Texts in no order are taken in that of their addresses.
function openSorted(bytes: Uint8Array, validity: Uint8Array | undefined, { run, from, length }: Rooms, first: number, size: number, runs: Uint8Array[], views: DataView[]): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, size * 4)
  const far: number[] = []
  for (let row = first; row < size; row += 1) {
    const isThere = validity === undefined || ((validity[row >> 3] as number) & (1 << (row & 7))) !== 0
    length[row] = isThere ? (words[row * 4] as number) : 0
    from[row] = row * 16 + 4
    run[row] = 0
    if ((length[row] as number) <= INLINE) continue
    from[row] = (words[row * 4 + 3] as number) * 0x1_0000_0000 + (words[row * 4 + 2] as number)
    far.push(row)
  }
  far.sort((a, b) => (from[a] as number) - (from[b] as number))
  for (let at = 0; at < far.length;) {
    const head = far[at] as number
    const start = from[head] as number
    let end = start
    for (; at < far.length && (from[far[at] as number] as number) <= end + GAP; at += 1) {
      const row = far[at] as number
      end = Math.max(end, (from[row] as number) + (length[row] as number))
      from[row] = (from[row] as number) - start
      run[row] = runs.length
    }
    const piece = duckdb.get_data_from_pointer(bytes.buffer as ArrayBuffer, bytes.byteOffset + head * 16 + 8, end - start)
    runs.push(piece)
    views.push(new DataView(piece.buffer, piece.byteOffset, piece.length))
  }
}
