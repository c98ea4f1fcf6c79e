// The contract: the engine reads a printed value back as the value.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { duckdbTypeOf } from '@tulle/engine'
import type { EngineProcess } from '@tulle/engine'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { EngineRig } from '@tulle/engine/testing'
import type { Value } from '@tulle/lake'
import { printValue } from './print-value.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())

it.each<[type: string, value: Value, sql: string]>([
  ['boolean', true, 'true'],
  ['int', -7, '-7::int'],
  ['long', 9_007_199_254_740_993n, '9007199254740993::bigint'],
  ['double', 1e-300, '1e-300::double'],
  ['double', Number.NaN, "'nan'::double"],
  ['string', "o'clock", "'o''clock'"],
  ['date', 18_262, "date '2020-01-01'"],
  ['date', -1, "date '1969-12-31'"],
  ['time', 3_723_000_004n, "time '01:02:03.000004'"],
  ['timestamp', -1n, "timestamp '1969-12-31 23:59:59.999999'"],
  ['timestamp', 1_577_836_800_000_001n, "timestamp '2020-01-01 00:00:00.000001'"],
  ['timestamptz', 1_577_836_800_000_000n, "timestamptz '2020-01-01 00:00:00+00'"],
  ['decimal(9, 2)', -5n, '-0.05::decimal(9,2)'],
  ['decimal(38, 0)', 12_345_678_901_234_567_890n, '12345678901234567890::decimal(38,0)'],
  ['uuid', Buffer.from('00112233445566778899aabbccddeeff', 'hex'), "'00112233-4455-6677-8899-aabbccddeeff'::uuid"],
  ['binary', Buffer.from([0, 39, 92, 255]), "'\\x00\\x27\\x5C\\xFF'::blob"],
])('%s %s', async (type, value, sql) => {
  const text = printValue(type, value).replaceAll("'", "''")
  expect(await rowsOf(worker, `select cast('${text}' as ${duckdbTypeOf(type)}) is not distinct from ${sql}`)).toEqual([[true]])
})
