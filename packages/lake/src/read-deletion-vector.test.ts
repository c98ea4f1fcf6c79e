// Deletion vectors: those of the Java implementation, our own of every container, and damaged ones.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { memoryObjects } from '@tulle/objects'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryCatalog } from './memory-catalog.ts'
import { openLake } from './open-lake.ts'
import { parseDeletionVector, readDeletionVector } from './read-deletion-vector.ts'

const FIXTURES = join(import.meta.dirname, '../../../../shared/corpora/iceberg-java-fixtures/core/src/test/resources/org/apache/iceberg/deletes')
const present = existsSync(FIXTURES)
if (!present) console.warn(`SKIPPED: the fixtures of the Java implementation are not at ${FIXTURES}.`)

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const HIGH = 2 ** 32

/** Length, magic, bitmaps and checksum, as a Puffin file frames them. */
function framed(bitmaps: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from('d1d33964', 'hex'), bitmaps])
  const blob = Buffer.alloc(body.length + 8)
  blob.writeUInt32BE(body.length)
  body.copy(blob, 4)
  blob.writeUInt32BE(crc32(body), blob.length - 4)
  return blob
}

describe('a deletion vector of the Java implementation', () => {
  it.skipIf(!present).each<readonly [file: string, positions: readonly number[]]>([
    ['empty-position-index.bin', []],
    ['small-alternating-values-position-index.bin', [1, 3, 5, 7, 9]],
    ['small-and-large-values-position-index.bin', [100, 101, 2_147_483_747, 2_147_483_748]],
    ['all-container-types-position-index.bin', [
      5, 7, ...range(65_537, 66_535), ...range(131_073, 196_606), HIGH + 10, HIGH + 20, ...range(HIGH + 65_546, HIGH + 66_035), ...range(HIGH + 131_073, HIGH + 196_606),
    ]],
  ])('%s is read', (file, positions) => {
    expect(parseDeletionVector(readFileSync(join(FIXTURES, file)), 'f', positions.length)).toEqual({ ok: true, diagnostics: [], value: positions })
  })

  it.skipIf(!present).each<readonly [file: string, positions: readonly number[]]>([
    ['64mapempty.bin', []], ['64map32bitvals.bin', range(0, 9)], ['64mapspreadvals.bin', range(0, 9).flatMap((key) => range(0, 9).map((low) => key * HIGH + low))],
  ])('%s, without its frame, is read once it has one', (file, positions) => {
    expect(parseDeletionVector(framed(readFileSync(join(FIXTURES, file))), 'f', positions.length)).toEqual({ ok: true, diagnostics: [], value: positions })
  })
})

/** One 32-bit bitmap below one key: arrays, bitmaps by their size, or runs throughout. */
function bitmap(key: number, positions: readonly number[], asRuns: boolean): Uint8Array {
  const groups = [...Map.groupBy(positions, (p) => Math.floor(p / 0x1_0000))]
  const u16 = (values: readonly number[]): Buffer => Buffer.from(Uint16Array.from(values).buffer)
  const u32 = (values: readonly number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer)
  const containers = groups.map(([, group]) => {
    const lows = group.map((p) => p % 0x1_0000)
    if (asRuns) {
      const runs: number[][] = []
      for (const low of lows) {
        const run = runs.at(-1)
        if (run !== undefined && low === (run[0] ?? 0) + (run[1] ?? 0) + 1) run[1] = (run[1] ?? 0) + 1
        else runs.push([low, 0])
      }
      return u16([runs.length, ...runs.flat()])
    }
    if (lows.length <= 4096) return u16(lows)
    const bits = Buffer.alloc(8192)
    for (const low of lows) bits[low >> 3] = (bits[low >> 3] ?? 0) | (1 << (low & 7))
    return bits
  })
  const headers = u16(groups.flatMap(([group, of]) => [group, of.length - 1]))
  const flags = Buffer.alloc(Math.ceil(groups.length / 8), 0xff)
  const offsets = !asRuns || groups.length >= 4 ? u32(groups.map(() => 0)) : Buffer.alloc(0)
  const cookie = asRuns ? Buffer.concat([u32([12_347 | ((groups.length - 1) << 16)]), flags]) : u32([12_346, groups.length])
  return Buffer.concat([u32([key]), cookie, headers, offsets, ...containers])
}

describe('a deletion vector', () => {
  const lows = fc.oneof(
    fc.uniqueArray(fc.nat({ max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 50 }),
    fc.tuple(fc.nat({ max: 2 ** 31 }), fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 3 })).map(([from, count, step]) => range(0, count).map((i) => from + i * step)),
  ).map((list) => list.toSorted((a, b) => a - b))
  const vector = fc.array(fc.tuple(lows, fc.boolean()), { maxLength: 3 }).map((parts) => ({
    positions: parts.flatMap(([list], key) => list.map((p) => key * HIGH + p)),
    blob: framed(Buffer.concat([Buffer.from(BigUint64Array.of(BigInt(parts.length)).buffer), ...parts.map(([list, asRuns], key) => bitmap(key, list, asRuns))])),
  }))

  it('is read, whatever its containers', () => {
    fc.assert(fc.property(vector, ({ positions, blob }) => {
      expect(parseDeletionVector(blob, 'f', positions.length)).toEqual({ ok: true, diagnostics: [], value: positions })
    }), { numRuns: 100 })
  })

  it('that is damaged is refused, and never breaks the reader', () => {
    fc.assert(fc.property(vector, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), ({ positions, blob }, at, mask, resealed) => {
      const damaged = Buffer.from(blob)
      damaged[at % damaged.length] = (damaged[at % damaged.length] ?? 0) ^ mask
      const bytes = resealed ? framed(damaged.subarray(8, -4)) : damaged
      const read = parseDeletionVector(bytes, 'f', positions.length)
      // With a checksum that fits again, other positions may come out, but never more of them than were announced.
      if (read.ok) expect([resealed, read.value.length]).toEqual([true, positions.length])
      else expect(read.diagnostics.map((d) => d.code)).toEqual(['deletion-vector-invalid'])
    }), { numRuns: 300 })
  })

  it.each<readonly [what: string, blob: Uint8Array, rows: number, problem: string]>([
    ['nothing', new Uint8Array(), 0, 'it ends in the middle of a container'],
    ['another magic', Buffer.from('000000080102030400000000ffffffff', 'hex'), 0, 'it does not begin as one'],
    ['more rows than announced', framed(Buffer.concat([Buffer.from('0100000000000000', 'hex'), bitmap(0, [1, 2, 3], false)])), 2, 'it holds more rows than the manifest says'],
    ['fewer rows than announced', framed(Buffer.concat([Buffer.from('0100000000000000', 'hex'), bitmap(0, [1, 2, 3], false)])), 4, 'it holds 3 rows in place of 4'],
    ['a count beyond its bytes', framed(Buffer.from('ffffffffffffffff', 'hex')), 5, 'it claims more bitmaps than it has bytes'],
    ['rows beyond what a file can have', framed(Buffer.concat([Buffer.from('0100000000000000', 'hex'), bitmap(2 ** 31, [1], false)])), 1, 'its bitmaps are out of order'],
  ])('of %s is refused', (_, blob, rows, problem) => {
    expect(parseDeletionVector(blob, 'f', rows)).toMatchObject({ ok: false, diagnostics: [{ code: 'deletion-vector-invalid', message: `The deletion vector in f cannot be read: ${problem}.` }] })
  })

  it('is found in its file where the manifest says that it lies', async () => {
    const lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects() })
    const blob = framed(Buffer.concat([Buffer.from('0100000000000000', 'hex'), bitmap(0, [4, 9], false)]))
    const path = await lake.objects.create('p/d.puffin', Buffer.concat([Buffer.from('PFA1xyz'), blob, Buffer.from('PFA1')]))
    if (!path.ok) throw new Error('not written')
    const file = { path: path.value, rows: 2, bytes: 99, vector: { offset: 7, bytes: blob.length } }
    expect(await readDeletionVector(lake, file)).toMatchObject({ ok: true, value: [4, 9] })
    expect(await readDeletionVector(lake, { ...file, vector: { offset: 70, bytes: blob.length } })).toMatchObject({ ok: false, diagnostics: [{ code: 'deletion-vector-invalid' }] })
  })
})
