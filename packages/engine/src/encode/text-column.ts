// A column of texts laid open: where each row's bytes are. Texts of more than twelve bytes lie behind pointers, and each
// look at one is a native call, so neighbours in memory are fetched together.

import duckdb from '@duckdb/node-bindings'
import { isNull } from './vector.ts'
import type { OpenVector } from './vector.ts'

const INLINE = 12

/**
 * Bytes between two texts that are fetched with them. Both ends are mapped memory less than a page apart, so what lies
 * between them is mapped as well; it is never used.
 */
const GAP = 256

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
  const { bytes, data } = vector
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, size * 4)
  const rooms = kept !== undefined && kept.length.length >= size ? kept : { length: new Int32Array(size), from: new Float64Array(size), run: new Int32Array(size) }
  const { length, from, run } = rooms
  const far: number[] = []
  let ordered = true
  let last = 0
  for (let row = 0; row < size; row += 1) {
    if (isNull(vector, row)) {
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
    from[row] = address
    run[row] = -1
    far.push(row)
    if (address < last) ordered = false
    last = address
  }
  const runs: Uint8Array[] = [bytes]
  const views: DataView[] = [data]
  if (far.length > 0) gather(vector, ordered ? far : far.toSorted((a, b) => (from[a] as number) - (from[b] as number)), rooms, runs, views)
  return { bytes: runs, views, run, from, length }
}

// `rows` are in the order of their addresses.
function gather({ bytes }: OpenVector, rows: readonly number[], { from, length, run }: Pick<TextColumn, 'run' | 'from' | 'length'>, runs: Uint8Array[], views: DataView[]): void {
  let first = 0
  while (first < rows.length) {
    const head = rows[first] as number
    const start = from[head] as number
    let end = start + (length[head] as number)
    let next = first + 1
    while (next < rows.length && (from[rows[next] as number] as number) <= end + GAP) {
      end = Math.max(end, (from[rows[next] as number] as number) + (length[rows[next] as number] as number))
      next += 1
    }
    const piece = duckdb.get_data_from_pointer(bytes.buffer as ArrayBuffer, bytes.byteOffset + head * 16 + 8, end - start)
    runs.push(piece)
    views.push(new DataView(piece.buffer, piece.byteOffset, piece.length))
    for (let i = first; i < next; i += 1) {
      const row = rows[i] as number
      run[row] = runs.length - 1
      from[row] = (from[row] as number) - start
    }
    first = next
  }
}
