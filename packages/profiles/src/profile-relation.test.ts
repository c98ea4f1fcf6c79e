import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine, EngineProcess } from '@tulle/engine'
import { duckdbEngine } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { finishProfile } from './finish-profile.ts'
import type { KeptPart } from './keep-profiles.ts'
import { profileRelation } from './profile-relation.ts'
import { readPart } from './read-part.ts'
import type { ColumnProfile, Part, ProfiledRelation } from './types.ts'

const COLUMNS = [
  { fieldId: 1, name: 'id', type: 'long' }, { fieldId: 2, name: 'code', type: 'string' }, { fieldId: 3, name: 'delay', type: 'int' }, { fieldId: 4, name: 'at', type: 'timestamp' },
  { fieldId: 5, name: 'price', type: 'decimal(9, 2)' }, { fieldId: 6, name: 'score', type: 'double' }, { fieldId: 7, name: 'late', type: 'boolean' }, { fieldId: 8, name: 'tags', type: 'list<string>' },
] as const
/** `i` rises; every value follows from it. */
const rowsOf = (from: number, to: number): string => `SELECT i::BIGINT AS id, 'AB-' || lpad((i % 3000)::VARCHAR, 4, '0') AS code, CASE WHEN i % 10 = 0 THEN NULL ELSE (i * 7919 % 100)::INTEGER END AS delay,
  TIMESTAMP '2026-01-01' + to_minutes(i) AS at, ((i * 31 % 50000) / 100)::DECIMAL(9,2) AS price, CASE WHEN i % 1000 = 1 THEN 'nan'::DOUBLE ELSE sqrt(i) END AS score, i % 4 = 0 AS late, ['x', i::VARCHAR] AS tags FROM range(${from}, ${to}) t(i)`

let folder: string
let engine: Engine
let process: EngineProcess
const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}
beforeAll(async () => {
  folder = await mkdtemp('/tmp/tulle-profiles-')
  await chmod(folder, 0o711)
  engine = duckdbEngine({ folder: join(folder, 'engines') })
  const data = join(folder, 'data')
  process = valueOf(await engine.start({ readPaths: [data], writePaths: [data], memoryMegabytes: 512, threads: 1 }))
  for (const [name, sql] of [['a', rowsOf(0, 20_000)], ['b', rowsOf(20_000, 24_000)], ['odd', `SELECT i::BIGINT AS id, chr(0) || 'x''"' AS code, NULL::INTEGER AS delay, 'infinity'::TIMESTAMP AS at, NULL::DECIMAL(9,2) AS price, 'inf'::DOUBLE AS score, NULL::BOOLEAN AS late, NULL::VARCHAR[] AS tags FROM range(3) t(i)`], ['none', `${rowsOf(0, 0)}`]] as const) {
    valueOf(await process.write(sql, { path: join(data, `${name}.parquet`), fieldIds: { id: 1, code: 2, delay: 3, at: 4, price: 5, score: 6, late: 7, tags: { __duckdb_field_id: 8, element: 9 } } }))
  }
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

async function define(files: Iterable<string>): Promise<Result<ProfiledRelation>> {
  const relation = { schema: 'shop', name: 'Odd "name"' }
  const defined = await process.define([{ ...relation, files: [...files].map((name) => ({ path: join(folder, 'data', `${name}.parquet`) })), columns: COLUMNS }])
  return defined.ok ? ok({ ...relation, columns: COLUMNS }) : defined
}
const read = async (files: readonly string[], options = {}): Promise<Part> => valueOf(await readPart(process, valueOf(await define(files)), options))
const column = ({ columns }: { readonly columns: readonly ColumnProfile[] }, name: string): ColumnProfile => columns.find((one) => one.name === name) as ColumnProfile

describe('a profile of all rows', () => {
  it('has the very numbers of the rows', async () => {
    const profile = finishProfile(await read(['a']))
    expect(profile.rows).toBe(20_000)
    expect(column(profile, 'id')).toMatchObject({ kind: 'number', nulls: 0, distinct: 20_000, min: '0', max: '19999', mean: 9999.5, top: [] })
    expect(column(profile, 'id')).not.toHaveProperty('isEstimate')
    expect(column(profile, 'delay')).toMatchObject({ nulls: 2_000, distinct: 90, min: '1', max: '99' })
    expect(column(profile, 'code')).toMatchObject({ kind: 'text', distinct: 3_000, min: 'AB-0000', max: 'AB-2999', length: { min: 7, max: 7, mean: 7 }, shapes: [{ value: 'AA-9999', count: 20_000 }] })
    expect(column(profile, 'code').top?.[0]).toEqual({ value: 'AB-0000', count: 7 })
    expect(column(profile, 'late')).toMatchObject({ kind: 'boolean', distinct: 2, isComplete: true, top: [{ value: 'false', count: 15_000 }, { value: 'true', count: 5_000 }] })
    expect(column(profile, 'at')).toMatchObject({ kind: 'time', min: '2026-01-01 00:00:00', max: '2026-01-14 21:19:00' })
    expect(column(profile, 'price')).toMatchObject({ min: '0.00', max: '499.99' })
    expect(column(profile, 'tags')).toEqual({ fieldId: 8, name: 'tags', type: 'list<string>', kind: 'other', nulls: 0 })
  })

  it('has quantiles that are ranks within a thousandth, and a histogram of all values', async () => {
    const profile = finishProfile(await read(['a']))
    const { quantiles = [], histogram } = column(profile, 'id')
    expect(quantiles).toHaveLength(201)
    expect([quantiles[0], quantiles.at(-1), histogram?.low, histogram?.high]).toEqual([0, 19_999, 0, 19_999])
    for (const [i, value] of quantiles.entries()) expect(Math.abs(value - (i / 200) * 20_000)).toBeLessThanOrEqual(20)
    expect(histogram?.counts.reduce((sum, n) => sum + n, 0)).toBe(20_000)
    expect(Math.max(...(histogram?.counts ?? []))).toBeLessThan(20_000 / 24 + 25)
    // What is not finite is counted nowhere.
    expect(column(profile, 'score').histogram?.counts.reduce((sum, n) => sum + n, 0)).toBe(19_980)
    expect(column(profile, 'score').mean).toBeCloseTo(94.27, 0)
  })

  it('takes what is odd: no rows, no values, what is not finite, signs that mean something elsewhere', async () => {
    expect(finishProfile(await read(['none'])).columns.map(({ name, nulls, distinct }) => [name, nulls, distinct])).toEqual([['id', 0, 0], ['code', 0, 0], ['delay', 0, 0], ['at', 0, 0], ['price', 0, 0], ['score', 0, 0], ['late', 0, 0], ['tags', 0, undefined]])
    const odd = finishProfile(await read(['odd']))
    expect(odd.columns.filter(({ trouble }) => trouble !== undefined)).toEqual([])
    expect(column(odd, 'code').top).toEqual([{ value: '\0x\'"', count: 3 }])
    expect(column(odd, 'score')).not.toHaveProperty('quantiles')
    expect(column(odd, 'delay')).toMatchObject({ nulls: 3, distinct: 0 })
  })

  it('says of a column that it could not be read, and reads the others', async () => {
    const relation = valueOf(await define(['a']))
    const part = valueOf(await readPart(process, { ...relation, columns: [{ fieldId: 99, name: 'absent', type: 'int' }, ...COLUMNS.slice(0, 1)] }))
    expect(part.columns[0]?.trouble).toContain('absent')
    expect(part.columns[1]).toMatchObject({ name: 'id', distinct: 20_000 })
  })
})

describe('a profile of a sample', () => {
  it('has exact numbers of what needs no memory, and others within a percent', async () => {
    const profile = finishProfile(await read(['a'], { mostWhole: 12_000 }))
    const id = column(profile, 'id')
    expect(id).toMatchObject({ nulls: 0, min: '0', max: '19999', isEstimate: true })
    expect(Math.abs((id.distinct ?? 0) / 20_000 - 1)).toBeLessThan(0.01)
    expect(Math.abs((column(profile, 'code').distinct ?? 0) / 3_000 - 1)).toBeLessThan(0.01)
    // 6,000 of 20,000: four standard errors of the median.
    expect(Math.abs((id.quantiles?.[100] ?? 0) / 20_000 - 0.5)).toBeLessThan(0.03)
    // Few values are counted whole.
    expect(column(profile, 'late')).toMatchObject({ distinct: 2, top: [{ value: 'false', count: 15_000 }, { value: 'true', count: 5_000 }] })
  })
})

describe('rows that come', () => {
  const kept = (part: Part, files: readonly string[], isWhole = true): KeptPart => ({ snapshot: '1', part, files, isWhole })
  const asked: (readonly string[])[] = []
  const profile = (before: KeptPart | undefined, files: readonly string[], isWhole = true) => {
    asked.length = 0
    return profileRelation(process, { columns: COLUMNS, now: { files, isWhole }, before, define: (only) => {
      asked.push([...(only ?? files)])
      return define(only ?? files)
    } })
  }

  it('are read alone, and the result is that of all rows', async () => {
    const before = kept(await read(['a']), ['a'])
    const joined = valueOf(await profile(before, ['a', 'b']))
    expect([joined.way, asked]).toEqual(['joined', [['b']]])
    const [ours, whole] = [finishProfile(joined.part), finishProfile(await read(['a', 'b']))]
    expect(ours.rows).toBe(24_000)
    for (const { name } of COLUMNS) {
      const [one, other] = [column(ours, name), column(whole, name)]
      expect({ name, nulls: one.nulls, min: one.min, max: one.max, length: one.length }).toEqual({ name, nulls: other.nulls, min: other.min, max: other.max, length: other.length })
      expect(Math.abs((one.distinct ?? 0) - (other.distinct ?? 0))).toBeLessThanOrEqual(0.01 * (other.distinct ?? 0))
      if (other.mean !== undefined) expect(one.mean).toBeCloseTo(other.mean, 6)
    }
    expect(column(ours, 'late').top).toEqual(column(whole, 'late').top)
    expect(column(ours, 'delay').top).toEqual(column(whole, 'delay').top)
    const spread = column(whole, 'id').quantiles ?? []
    for (const [i, value] of (column(ours, 'id').quantiles ?? []).entries()) expect(Math.abs(value - (spread[i] ?? 0))).toBeLessThanOrEqual(48)
  })

  it('are none where the files are the same: nothing is read', async () => {
    const part = await read(['a'])
    expect([valueOf(await profile(kept(part, ['a']), ['a'])), asked]).toEqual([{ part, way: 'same' }, []])
  })

  it.each([
    ['a file is gone', ['a', 'b'], true, true],
    ['rows of the version before are deleted', ['a'], false, true],
    ['rows of this version are deleted', ['a'], true, false],
  ] as const)('are not joined where %s', async (_, files, wasWhole, isWhole) => {
    const done = valueOf(await profile(kept(await read([...files]), [...files], wasWhole), ['a'], isWhole))
    expect([done.way, asked]).toEqual(['read', [['a']]])
  })

  it('are not joined where columns are others, or after sixteen times', async () => {
    const part = await read(['a'])
    const renamed = { ...part, columns: part.columns.map((one, i) => (i === 0 ? { ...one, name: 'number' } : one)) }
    for (const old of [renamed, { ...part, joins: 16 }, { ...part, hash: 'of another engine' }]) {
      expect(valueOf(await profile(kept(old, ['a']), ['a', 'b'])).way).toBe('read')
    }
  })
})
