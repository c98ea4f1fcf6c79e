// The contract: what may fail for a row is tried; what cannot stays as it is, for the engine to test while it reads.

import { describe, expect, it } from 'vitest'
import type { SourceColumn } from '../types.ts'
import { rowCondition } from './row-condition.ts'

const SOURCE: readonly SourceColumn[] = [{ name: 'region', type: 'string', fieldId: 1 }, { name: 'age', type: 'int', fieldId: 2 }, { name: 'day', type: 'date', fieldId: 3 }, { name: 'o"dd', type: 'string', fieldId: 4 }]

describe('a condition', () => {
  it.each([
    `"region" = 'EU'`, `"region" IN ('EU', 'LA') AND NOT ("age" > 18)`, `"age" BETWEEN 1 AND 5 OR "day" >= DATE '2020-01-01'`, `"region" IS NOT NULL`, `"o""dd" <> 'it''s'`, `true`, `("age" in (1, 2.5)) AND "region" BETWEEN 'a' AND 'b'`,
  ])('is left as it is where it cannot fail: %s', (condition) => expect(rowCondition(condition, SOURCE)).toBe(condition))

  it.each([
    `"region" = 5`, `"region" IN ('a', 5)`, `"o""dd" = DATE '2020-01-01'`, `"region" = "age"`, `CAST("region" AS INTEGER) > 0`, `"age" / 0 > 1`, `region = 'EU'`, `upper("region") = 'EU'`, `"region" = 'a\\' OR 1/0`, `"region" BETWEEN 'a' AND 5`,
  ])('is tried where it may: %s', (condition) => expect(rowCondition(condition, SOURCE)).toBe(`TRY(${condition}\n)`))

  it('with a query in it is left to fail', () => expect(rowCondition(`EXISTS (SELECT 1)`, SOURCE)).toBe('EXISTS (SELECT 1)'))
})
