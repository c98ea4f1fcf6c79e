// The rows that a deletion vector of format v3 deletes: a blob in a Puffin file, which the manifest points at by offset and
// length. It is a bitmap of 64-bit positions as CRoaring serialises it. Hostile input: no count in it is believed.

import { crc32 } from 'node:zlib'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DataFile, Lake } from './types.ts'
import { messages } from './messages.ts'

/** Bytes d1 d3 39 64, in this order. */
const MAGIC = 0x64_39_d3_d1
const FRAME = 4 + 4
const COOKIE = 12_346
const COOKIE_WITH_RUNS = 12_347
/** An offset header stands before the containers, but not where there are runs and fewer containers than this. */
const NO_OFFSETS_BELOW = 4
const ARRAY_LIMIT = 4096
const BITMAP_BYTES = 8192
/** Of a position's upper half: beyond it positions are no exact numbers, and no file has so many rows. */
const MAX_KEY = 2 ** 21
/** A few bytes of runs can claim billions of rows. */
const MAX_POSITIONS = 50_000_000

class BadVector extends Error {}

/** The positions, ascending, counted from 0. A blob that is damaged, or names more rows than the manifest says, is `deletion-vector-invalid`. */
export async function readDeletionVector(lake: Lake, file: DataFile): Promise<Result<readonly number[]>> {
  const bytes = await lake.objects.read(file.path)
  if (!bytes.ok) return bytes
  const { offset = 0, bytes: length = 0 } = file.vector ?? {}
  const blob = bytes.value.subarray(offset, offset + length)
  if (blob.length !== length) return fail(messages['deletion-vector-invalid']({ file: file.path, problem: 'it ends before the blob does' }))
  return parseDeletionVector(blob, file.path, file.rows)
}

/** Reads the blob `deletion-vector-v1`. `rows` is how many positions the manifest says that it holds. */
export function parseDeletionVector(blob: Uint8Array, file: string, rows: number): Result<readonly number[]> {
  try {
    const positions = positionsOf(new Reader(blob), Math.min(rows, MAX_POSITIONS))
    if (positions.length !== rows) throw new BadVector(`it holds ${positions.length} rows in place of ${rows}`)
    return ok(positions)
  } catch (error) {
    if (error instanceof BadVector) return fail(messages['deletion-vector-invalid']({ file, problem: error.message }))
    throw error
  }
}

class Reader {
  readonly #view: DataView
  at = 0
  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#view.byteLength - this.at
  }

  skip(length: number): number {
    if (length > this.left) throw new BadVector('it ends in the middle of a container')
    this.at += length
    return this.at - length
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1))
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true)
  }

  u32(littleEndian = true): number {
    return this.#view.getUint32(this.skip(4), littleEndian)
  }

  checksum(from: number, to: number): number {
    return crc32(new Uint8Array(this.#view.buffer, this.#view.byteOffset + from, to - from))
  }
}

function positionsOf(reader: Reader, limit: number): readonly number[] {
  const length = reader.u32(false)
  if (length !== reader.left - 4) throw new BadVector('its length is not the blob’s')
  const end = reader.at + length
  if (reader.u32() !== MAGIC) throw new BadVector('it does not begin as one')
  const positions: number[] = []
  const bitmaps = [reader.u32(), reader.u32()] as const
  if (bitmaps[1] !== 0 || bitmaps[0] > length / FRAME) throw new BadVector('it claims more bitmaps than it has bytes')
  for (let i = 0, last = -1; i < bitmaps[0]; i += 1) {
    const key = reader.u32()
    if (key <= last || key >= MAX_KEY) throw new BadVector('its bitmaps are out of order')
    last = key
    readBitmap(reader, key * 2 ** 32, positions, limit)
  }
  if (reader.at !== end) throw new BadVector('it has bytes behind its last bitmap')
  if (reader.u32(false) !== reader.checksum(4, end)) throw new BadVector('its checksum is not that of its bytes')
  return positions
}

interface Container { readonly key: number; readonly cardinality: number; readonly isRuns: boolean }

/** One 32-bit Roaring bitmap, in its portable form. */
function readBitmap(reader: Reader, base: number, positions: number[], limit: number): void {
  const cookie = reader.u32()
  const hasRuns = (cookie & 0xffff) === COOKIE_WITH_RUNS
  if (!hasRuns && cookie !== COOKIE) throw new BadVector('a bitmap does not begin as one')
  const count = hasRuns ? (cookie >>> 16) + 1 : reader.u32()
  if (count > 0x1_0000) throw new BadVector('a bitmap has too many containers')
  const runs = hasRuns ? Array.from({ length: Math.ceil(count / 8) }, () => reader.u8()) : []
  const containers = Array.from({ length: count }, (_, i): Container => ({ key: reader.u16(), cardinality: reader.u16() + 1, isRuns: (((runs[i >> 3] ?? 0) >> (i & 7)) & 1) === 1 }))
  if (!hasRuns || count >= NO_OFFSETS_BELOW) reader.skip(4 * count)
  for (const [i, container] of containers.entries()) {
    if (i > 0 && container.key <= (containers[i - 1]?.key ?? 0)) throw new BadVector('its containers are out of order')
    const before = positions.length
    const add = (low: number): void => {
      if (positions.length >= limit) throw new BadVector('it holds more rows than the manifest says')
      positions.push(base + container.key * 0x1_0000 + low)
    }
    readContainer(reader, container, add)
    if (positions.length - before !== container.cardinality) throw new BadVector('a container holds not as many rows as it says')
  }
}

function readContainer(reader: Reader, { cardinality, isRuns }: Container, add: (low: number) => void): void {
  let least = 0
  const next = (low: number): void => {
    if (low < least || low > 0xffff) throw new BadVector('the rows of a container are out of order')
    least = low + 1
    add(low)
  }
  if (isRuns) {
    for (let runs = reader.u16(); runs > 0; runs -= 1) {
      const start = reader.u16()
      for (let low = start, end = start + reader.u16(); low <= end; low += 1) next(low)
    }
  } else if (cardinality <= ARRAY_LIMIT) {
    for (let i = 0; i < cardinality; i += 1) next(reader.u16())
  } else {
    for (let byte = 0; byte < BITMAP_BYTES; byte += 1) {
      for (let bits = reader.u8(), low = byte * 8; bits !== 0; bits >>= 1, low += 1) if ((bits & 1) === 1) next(low)
    }
  }
}
