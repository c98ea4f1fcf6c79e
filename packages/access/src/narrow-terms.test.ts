// The algebra of narrowing: nothing that an owner writes can give more than was asked for.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { narrowTerms } from './narrow-terms.ts'
import type { Narrowing, Terms } from './types.ts'

const ALL = ['id', 'name', 'region', 'salary']
const NEVER = Number.MAX_SAFE_INTEGER

/** A condition is written as a set of regions: `r in ('a','b')`; joined ones are its meet. */
const regions = fc.subarray(['a', 'b', 'c'])
const conditionOf = (of: readonly string[]): string => `r in (${of.map((region) => `'${region}'`).join(',')})`
const holds = (condition: string | undefined, region: string): boolean =>
  condition === undefined || [...condition.matchAll(/in \(([^)]*)\)/gu)].every(([, list = '']) => list.includes(`'${region}'`))

interface Sight { readonly dataSet: string; readonly column: string; readonly region: string; readonly second: number; readonly bare: boolean }
const sees = (terms: Terms, { dataSet, column, region, second, bare }: Sight): boolean =>
  (terms.dataSet === undefined || terms.dataSet === dataSet) && (terms.columns === undefined || terms.columns.includes(column)) && holds(terms.rowCondition, region)
  && second < (terms.seconds ?? NEVER) && (!bare || terms.unmasked?.includes(column) === true)

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const narrowing: fc.Arbitrary<Narrowing> = fc.record({
  dataSet: optional(fc.constantFrom('people', 'trips')),
  columns: optional(fc.subarray(ALL)),
  rowCondition: optional(regions.map(conditionOf)),
  seconds: optional(fc.integer({ min: 0, max: 100 })),
}).map(clean)
const wide = ({ dataSet, columns, rowCondition, seconds }: Narrowing): Terms => clean({ dataSet, columns, rowCondition, seconds }) as Terms
const asked: fc.Arbitrary<Terms> = fc.tuple(narrowing, optional(fc.subarray(ALL, { minLength: 1 }))).map(([terms, unmasked]) => ({ ...wide(terms), ...(unmasked !== undefined && { unmasked, columns: [...new Set([...(terms.columns ?? []), ...unmasked])] }) }))
const sight: fc.Arbitrary<Sight> = fc.record({ dataSet: fc.constantFrom('people', 'trips'), column: fc.constantFrom(...ALL), region: fc.constantFrom('a', 'b', 'c'), second: fc.integer({ min: 0, max: 120 }), bare: fc.boolean() })

function clean<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
}

describe('narrowing', () => {
  it('never shows a cell, a row or a second that was not asked for, nor without the mask', () => {
    fc.assert(fc.property(asked, narrowing, sight, (terms, by, at) => {
      const narrowed = narrowTerms(terms, by)
      return !narrowed.ok || !sees(narrowed.value, at) || sees(terms, at)
    }), { numRuns: 20_000 })
  })

  it('holds what the owner wrote', () => {
    fc.assert(fc.property(asked, narrowing, sight, (terms, by, at) => {
      const narrowed = narrowTerms(terms, by)
      return !narrowed.ok || !sees(narrowed.value, at) || sees({ ...wide(by), ...(terms.unmasked !== undefined && { unmasked: terms.unmasked }) }, at)
    }), { numRuns: 20_000 })
  })

  it('twice is narrowing by both', () => {
    fc.assert(fc.property(asked, narrowing, narrowing, sight, (terms, first, second, at) => {
      const once = narrowTerms(terms, first)
      const twice = once.ok ? narrowTerms(once.value, second) : once
      return !once.ok || !twice.ok || sees(twice.value, at) === (sees(once.value, at) && sees({ ...wide(second), ...(terms.unmasked !== undefined && { unmasked: terms.unmasked }) }, at))
    }), { numRuns: 20_000 })
  })

  it('is not vacuous: a narrowing that kept what was asked would be caught', () => {
    const broken = (terms: Terms, by: Narrowing): Terms => ({ ...terms, ...wide(by) })
    expect(() => fc.assert(fc.property(asked, narrowing, sight, (terms, by, at) => !sees(broken(terms, by), at) || sees(terms, at)), { numRuns: 20_000 })).toThrow(/Property failed/u)
  })

  const REFUSED: readonly [what: string, terms: Terms, by: Narrowing, code: string][] = [
    ['another data set', { dataSet: 'people' }, { dataSet: 'trips' }, 'not-narrower'],
    ['a column that was not asked for', { dataSet: 'people', columns: ['id'] }, { columns: ['id', 'salary'] }, 'not-narrower'],
    ['no column at all', { dataSet: 'people' }, { columns: [] }, 'nothing-left'],
    ['a longer time', { seconds: 60 }, { seconds: 61 }, 'not-narrower'],
    ['no time', {}, { seconds: 0 }, 'nothing-left'],
    ['columns of a whole product', {}, { columns: ['id'] }, 'columns-need-data-set'],
    ['an exception without its columns', { dataSet: 'people', columns: ['name'], unmasked: ['name'] }, { columns: [] }, 'nothing-left'],
  ]
  it.each(REFUSED)('to %s is refused', (_what, terms, by, code) => {
    const narrowed = narrowTerms(terms, by)
    expect(narrowed.ok ? 'ok' : narrowed.diagnostics[0]?.code).toBe(code)
  })

  it('joins conditions so that each stands by itself', () => {
    const narrowed = narrowTerms({ dataSet: 'people', rowCondition: "region = 'EU' or vip" }, { rowCondition: 'id < 9 or id > 90' })
    expect(narrowed.ok && narrowed.value.rowCondition).toBe("(region = 'EU' or vip) AND (id < 9 or id > 90)")
  })
})
