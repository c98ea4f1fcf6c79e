// The contract: the difference, applied to the first multiset of rows, gives the second; and equal files are not read.

import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineProcess } from '@tulle/engine'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { EngineRig } from '@tulle/engine/testing'
import type { Scan, ScanFile } from '@tulle/lake'
import { differenceSql, differingFiles } from './diff.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())

type Row = readonly [id: number | null, text: string | null]
const COLUMNS = [{ name: 'id', type: 'long', fieldId: 1 }, { name: 'a "b"', type: 'string', fieldId: 2 }] as const
let files = 0

async function relation(name: string, rows: readonly Row[]) {
  const values = rows.map(([id, text]) => `(${id ?? 'null'}::bigint, ${text === null ? 'null' : `'${text}'`}::varchar)`)
  const query = rows.length === 0 ? 'select null::bigint as id, null::varchar as "a ""b""" where false' : `select * from (values ${values.join(', ')}) as t(id, "a ""b""")`
  const path = join(rig.data, `diff${files++}.parquet`)
  const written = await worker.write(query, { path, fieldIds: { id: 1, 'a "b"': 2 } })
  if (!written.ok) throw new Error(JSON.stringify(written.diagnostics))
  return { schema: 'd', name, columns: COLUMNS, files: [{ path }] }
}

async function difference(before: readonly Row[], after: readonly Row[], key?: readonly string[]) {
  const defined = await worker.define([await relation('before', before), await relation('after', after)])
  if (!defined.ok) throw new Error(JSON.stringify(defined.diagnostics))
  const sql = differenceSql({ before: { schema: 'd', name: 'before' }, after: { schema: 'd', name: 'after' }, columns: COLUMNS.map((c) => c.name), ...(key !== undefined && { key }) })
  const rows = await rowsOf(worker, sql)
  return rows.map(([change, was, is]) => ({ change: String(change), before: rowOf(was), after: rowOf(is) }))
}
const rowOf = (value: unknown): Row | undefined => {
  const struct = value as { id: number | string | null; 'a "b"': string | null } | null
  return struct === null ? undefined : [struct.id === null ? null : Number(struct.id), struct['a "b"']]
}
const sorted = (rows: readonly (Row | undefined)[]): readonly string[] => rows.filter((row) => row !== undefined).map((row) => JSON.stringify(row)).toSorted()

describe('the difference of two sets of rows', () => {
  it('by key tells added, removed and changed rows apart', async () => {
    const found = await difference([[1, 'a'], [2, 'b'], [3, 'c']], [[1, 'a'], [2, 'B'], [4, 'd']], ['id'])
    expect(found.toSorted((a, b) => (a.change < b.change ? -1 : 1))).toEqual([
      { change: 'added', before: undefined, after: [4, 'd'] },
      { change: 'changed', before: [2, 'b'], after: [2, 'B'] },
      { change: 'removed', before: [3, 'c'], after: undefined },
    ])
  })

  it('without a key counts rows, so that one of two equal ones is missed', async () => {
    expect(await difference([[1, 'a'], [1, 'a'], [null, null]], [[1, 'a'], [null, null]])).toEqual([{ change: 'removed', before: [1, 'a'], after: undefined }])
    expect(await difference([], [[null, 'x'], [null, 'x']])).toEqual(Array.from({ length: 2 }, () => ({ change: 'added', before: undefined, after: [null, 'x'] })))
  })

  const rows = fc.array(fc.tuple(fc.option(fc.integer({ min: 0, max: 4 })), fc.option(fc.constantFrom('a', 'b'))), { maxLength: 12 })
  it('leads from the one to the other, whatever the rows, with a key or without, and names no row that both have', async () => {
    await fc.assert(fc.asyncProperty(rows, rows, fc.boolean(), async (before, after, keyed) => {
      const found = await difference(before, after, keyed ? ['id'] : undefined)
      const [lost, gained] = [sorted(found.map((one) => one.before)), sorted(found.map((one) => one.after))]
      const left = [...sorted(before)]
      for (const row of lost) {
        expect(left).toContain(row)
        left.splice(left.indexOf(row), 1)
      }
      expect([...left, ...gained].toSorted()).toEqual(sorted(after))
      expect(gained.filter((row) => lost.includes(row))).toEqual([])
      for (const { change, before: was, after: is } of found) {
        expect(change).toBe(was === undefined ? 'added' : is === undefined ? 'removed' : 'changed')
        if (change === 'changed') expect(was?.[0]).toBe(is?.[0])
      }
    }), { numRuns: 40 })
  })
})

describe('files', () => {
  const file = (path: string, ...deletes: readonly string[]): ScanFile => ({
    file: { path, rows: 1, bytes: 10 }, sequenceNumber: 1, deletes: deletes.map((one) => ({ path: one, rows: 1, bytes: 1, content: 'position-deletes' })),
  })
  const scan = (...all: readonly ScanFile[]): Scan => ({ snapshot: undefined, schema: { schemaId: 0, fields: [] }, files: all, skipped: { files: 0, bytes: 0 } })
  const paths = ({ files: all }: Scan): readonly string[] => all.map((one) => one.file.path)

  it('that both have with the same deletes are left out', () => {
    const found = differingFiles(scan(file('a'), file('b', 'd1', 'd2'), file('c')), scan(file('b', 'd2', 'd1'), file('a'), file('e')))
    expect([paths(found.before), paths(found.after), found.same]).toEqual([['c'], ['e'], { files: 2, bytes: 20 }])
  })

  it('that have other deletes are read on both sides', () => {
    const found = differingFiles(scan(file('a'), file('b')), scan(file('a', 'd'), file('b')))
    expect([paths(found.before), paths(found.after), found.same.files]).toEqual([['a'], ['a'], 1])
  })

  it('that are named twice on one side are read', () => {
    const found = differingFiles(scan(file('a')), scan(file('a'), file('a')))
    expect([paths(found.before), paths(found.after)]).toEqual([['a'], ['a', 'a']])
  })
})
