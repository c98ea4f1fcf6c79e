// The contract: SQL parts rows exactly as the lake's own transforms do, for any value of any type.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbTypeOf } from '@tulle/engine'
import type { EngineProcess } from '@tulle/engine'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { EngineRig } from '@tulle/engine/testing'
import { mayTransform, parseTransform, transformedType, transformValue } from '@tulle/lake'
import type { Value } from '@tulle/lake'
import { printValue } from './print-value.ts'
import { readTransformed, transformSql } from './transform-sql.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())

// Years 1 to 9999, which is what texts of the engine can say.
const day = fc.integer({ min: -719_162, max: 2_932_896 })
const micros = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n })
const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n))
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((s) => s.replaceAll('\0', '').toWellFormed())
const bytes = (length?: number): fc.Arbitrary<Value> => fc.uint8Array({ maxLength: 20, ...(length !== undefined && { minLength: length, maxLength: length }) })
const decimal = (digits: number): fc.Arbitrary<Value> => fc.bigInt({ min: 1n - 10n ** BigInt(digits), max: 10n ** BigInt(digits) - 1n })

const VALUES: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  boolean: fc.boolean(), int: fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1)), long: int64, date: day, time: fc.bigInt({ min: 0n, max: 86_399_999_999n }), timestamp: micros, timestamptz: micros,
  string: text, uuid: bytes(16), binary: bytes(), 'decimal(9, 2)': decimal(9), 'decimal(38, 10)': decimal(38), 'decimal(18, 0)': decimal(18),
}
const TRANSFORMS = ['identity', 'void', 'bucket[7]', 'bucket[16]', 'truncate[3]', 'truncate[1000]', 'year', 'month', 'day', 'hour']

const PAIRS = TRANSFORMS.flatMap((spelled) => {
  const transform = parseTransform(spelled)
  if (!transform.ok) throw new Error(spelled)
  return Object.keys(VALUES).filter((type) => mayTransform(transform.value, type)).map((type) => ({ spelled, type, transform: transform.value }))
})

describe('a transform in SQL', () => {
  it.each(PAIRS)('$spelled of $type', async ({ type, transform }) => {
    const values = fc.sample(VALUES[type] as fc.Arbitrary<Value>, 300)
    const rows = values.map((value, i) => `(${i}, '${printValue(type, value).replaceAll("'", "''")}')`).join(', ')
    const found = await rowsOf(worker, `select cast(${transformSql(transform, type, 'value')} as varchar) from (select i, cast(t as ${duckdbTypeOf(type)}) as value from (values ${rows}, (${values.length}, null)) v(i, t)) order by i`)
    const result = transformedType(transform, type)
    const plain = (value: Value | null): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)
    expect(found.map(([printed]) => plain(readTransformed(result, printed as string | null)))).toEqual([...values.map((value) => plain(transformValue(transform, type, value))), null])
  })
})
