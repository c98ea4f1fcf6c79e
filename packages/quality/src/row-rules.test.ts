import { mkdtemp, rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine, EngineProcess } from '@tulle/engine'
import { duckdbEngine } from '@tulle/engine'
import { badRows } from './row-rules.ts'
import type { Measure, RowRule } from './types.ts'

let folder: string
let engine: Engine
let process: EngineProcess
const t = { schema: 'shop', name: 't' }
beforeAll(async () => {
  folder = await mkdtemp('/tmp/tulle-rows-')
  engine = duckdbEngine({ folder: `${folder}/engines` })
  const data = `${folder}/data`
  const started = await engine.start({ readPaths: [data], writePaths: [data], memoryMegabytes: 256, threads: 1 })
  if (!started.ok) throw new Error(JSON.stringify(started.diagnostics))
  process = started.value
  const write = async (name: string, sql: string, columns: Readonly<Record<string, string>>) => {
    const path = `${data}/${name}.parquet`
    const fieldIds = Object.fromEntries(Object.keys(columns).map((column, i) => [column, i + 1]))
    const written = await process.write(sql, { path, fieldIds })
    if (!written.ok) throw new Error(JSON.stringify(written.diagnostics))
    return { schema: 'shop', name, files: [{ path }], columns: Object.entries(columns).map(([column, type], i) => ({ name: column, type, fieldId: i + 1 })) }
  }
  const relations = [
    await write('t', `SELECT * FROM (VALUES
      (1::BIGINT, 'one', 1.0::DOUBLE, 5::BIGINT, DATE '2026-01-01', ['a', NULL]), (2, 'two', 2.5, 1, DATE '2026-02-01', []), (3, '', NULL, NULL, NULL, ['a', 'b', 'a']), (4, NULL, -1.0, 9, DATE '2027-01-01', ['b']), (4, '12', 7, 11, DATE '2025-01-01', NULL)
    ) AS t(id, word, x, y, day, tags)`, { id: 'long', word: 'string', x: 'double', y: 'long', day: 'date', tags: 'list<string>' }),
    await write('other', `SELECT * FROM (VALUES (1::BIGINT, 'one'), (2, 'two'), (NULL, 'three')) AS t(key, word)`, { key: 'long', word: 'string' }),
  ]
  const defined = await process.define(relations)
  if (!defined.ok) throw new Error(JSON.stringify(defined.diagnostics))
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

/** Which rows, by their number from 1, are bad; every other row is known to be good. */
async function numbersOf(measure: Measure): Promise<readonly number[]> {
  const condition = badRows({ measure }, t)
  if (condition === undefined) return []
  const cursor = await process.open(`SELECT list(n ORDER BY n) FILTER (WHERE bad) AS bad, count(*) FILTER (WHERE bad IS NULL) AS unknown FROM (SELECT row_number() OVER () AS n, ${condition} AS bad FROM shop.t)`, { encoding: { kind: 'rows' } })
  if (!cursor.ok) throw new Error(JSON.stringify(cursor.diagnostics))
  const batch = await cursor.value.fetch(1)
  await cursor.value.close()
  if (!batch.ok) throw new Error(JSON.stringify(batch.diagnostics))
  const [[bad, unknown]] = JSON.parse(Buffer.from(batch.value.bytes).toString()) as [[readonly number[] | null, number]]
  expect(Number(unknown)).toBe(0)
  return (bad ?? []).map(Number)
}

describe('the bad rows of a check', () => {
  it.each<[RowRule, readonly number[]]>([
    [{ rule: 'null', column: 'x' }, [3]],
    [{ rule: 'missing', column: 'word', values: [''] }, [3, 4]],
    [{ rule: 'missing', column: 'word', values: [] }, [4]],
    [{ rule: 'not-among', column: 'word', values: ['one', 'two'] }, [3, 5]],
    [{ rule: 'not-among', column: 'word', values: ['one', 'two'], besides: [''] }, [5]],
    [{ rule: 'not-among', column: 'word', values: [] }, [1, 2, 3, 5]],
    [{ rule: 'not-among', column: 'x', values: [1, 2.5] }, [4, 5]],
    [{ rule: 'among', column: 'word', values: ['two', '12'] }, [2, 5]],
    [{ rule: 'among', column: 'word', values: [] }, []],
    [{ rule: 'mismatch', column: 'word', pattern: '[a-z]+', whole: true }, [3, 5]],
    [{ rule: 'mismatch', column: 'word', pattern: 'o', whole: false }, [3, 5]],
    [{ rule: 'mismatch', column: 'id', pattern: '[1-3]', whole: true }, [4, 5]],
    [{ rule: 'match', column: 'word', pattern: '\\d', whole: false }, [5]],
    [{ rule: 'outside', column: 'x', low: { value: 0 } }, [4]],
    [{ rule: 'outside', column: 'x', low: { value: 1, open: true }, high: { value: 2.5 } }, [1, 4, 5]],
    [{ rule: 'outside', column: 'day', low: { value: '2026-01-01' }, high: { value: '2026-12-31' } }, [4, 5]],
    [{ rule: 'length', column: 'word', low: { value: 3 } }, [3, 5]],
    [{ rule: 'uncastable', column: 'word', type: 'long' }, [1, 2, 3]],
    [{ rule: 'no-multiple', column: 'x', of: 0.5 }, []],
    [{ rule: 'no-multiple', column: 'x', of: 2 }, [1, 2, 4, 5]],
    [{ rule: 'items', column: 'tags', low: { value: 1 }, high: { value: 2 } }, [2, 3]],
    [{ rule: 'repeated-items', column: 'tags' }, [3]],
    [{ rule: 'pair', left: 'y', operator: '>', right: 'x' }, [2]],
    [{ rule: 'sum', columns: ['id', 'y'], total: 6 }, [2, 4, 5]],
    [{ rule: 'sum', columns: ['x', 'id'], total: { column: 'y' } }, [1, 2, 4]],
    [{ rule: 'orphan', columns: ['id'], other: { schema: 'shop', name: 'other' }, otherColumns: ['key'] }, [3, 4, 5]],
    [{ rule: 'orphan', columns: ['id', 'word'], other: { schema: 'shop', name: 'other' }, otherColumns: ['key', 'word'] }, [3, 5]],
    [{ rule: 'condition', sql: 'x > y', holds: true }, [2]],
    [{ rule: 'condition', sql: 'x < y', holds: false }, [2, 3]],
  ])('%j are %j', async (of, rows) => {
    expect(await numbersOf({ kind: 'bad', of })).toEqual(rows)
  })

  it('of a filtered check are among those that the filter lets through', async () => {
    expect(await numbersOf({ kind: 'bad', of: { rule: 'outside', column: 'x', low: { value: 3 } }, where: 'id < 4' })).toEqual([1, 2])
  })

  it('of a key that must be unique are all that share it, where the table is named', async () => {
    const measure: Measure = { kind: 'repeats', columns: ['id'], counts: 'surplus' }
    expect(await numbersOf(measure)).toEqual([4, 5])
    expect(badRows({ measure })).toBeUndefined()
    expect(await numbersOf({ ...measure, where: 'y < 10' })).toEqual([])
  })

  it('of a check of the table as a whole are none', () => {
    expect(badRows({ measure: { kind: 'rows' } })).toBeUndefined()
    expect(badRows({ measure: { kind: 'aggregate', of: 'avg', column: 'x' } })).toBeUndefined()
  })
})
