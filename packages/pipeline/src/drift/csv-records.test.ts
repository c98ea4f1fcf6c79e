// The contract: what DuckDB reads strictly is read the same; what it refuses costs records that are at fault, and no other.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { EngineProcess } from '@tulle/engine'
import type { CsvForm, CsvRecord } from './csv-records.ts'
import { cellsOf, csvRecords } from './csv-records.ts'

async function records(text: string, form: CsvForm = {}, pieces = 1_000): Promise<readonly unknown[]> {
  const all: unknown[] = []
  async function* cut(): AsyncGenerator<string> {
    for (let i = 0; i < text.length; i += pieces) yield text.slice(i, i + pieces)
  }
  for await (const record of csvRecords(cut(), form) as AsyncIterable<CsvRecord>) all.push('cells' in record ? record.cells : record)
  return all
}

describe('a record of CSV', () => {
  it.each<[string, string, CsvForm, readonly unknown[]]>([
    ['has cells', 'a,b\n1,2\n', {}, [['a', 'b'], ['1', '2']]],
    ['has none where nothing stands', 'a,,""\n', {}, [['a', null, '']]],
    ['has quotes and line ends in quotes', '"a ""b""\nc",2\r\n3,4', {}, [['a "b"\nc', '2'], ['3', '4']]],
    ['has other marks', "a;'b''c';NA\n", { delimiter: ';', quote: "'", nullText: 'NA' }, [['a', "b'c", null]]],
    ['has an escape of its own', '"a\\"b\\\\",2\n', { escape: '\\' }, [['a"b\\', '2']]],
    ['has marks of several characters', 'a||b\n', { delimiter: '||' }, [['a', 'b']]],
    ['begins behind a byte order mark', '\uFEFFa,b\n', {}, [['a', 'b']]],
    ['that goes on behind its quote is none, up to the end of its line', '1,"b"x,"\n2,c\n', {}, [{ unreadable: '1,"b"x,"' }, ['2', 'c']]],
    ['has quotes that begin no cell', '1,b"x\n', {}, [['1', 'b"x']]],
    ['of another encoding is none', '1,\uFFFD\n2,c\n', {}, [{ unreadable: '1,\uFFFD' }, ['2', 'c']]],
  ])('%s', async (_case, text, form, wanted) => {
    for (const pieces of [1, 2, 3, 1_000]) expect(await records(text, form, pieces)).toEqual(wanted)
  })

  it('without an end stops everything, with its line', async () => {
    await expect(records('a,b\n1,"b\n2,c\n')).rejects.toMatchObject({ line: 2, why: 'a quoted value does not end.' })
  })
})

describe('beside the engine', () => {
  const rig = engineRig()
  let process: EngineProcess
  beforeAll(async () => {
    process = await rig.process()
  })
  afterAll(() => rig.close())

  it('any file is read the same, or has a record at fault in both', async () => {
    const path = join(rig.data, 'any.csv')
    const alphabet = fc.constantFrom('a', '1', ' ', ',', ',', '"', '"', '\n', '\n')
    await fc.assert(fc.asyncProperty(fc.array(alphabet, { minLength: 1, maxLength: 24 }), async (letters) => {
      const text = `x,y\n${letters.join('')}\n`
      writeFileSync(path, text)
      await process.ingest({ port: 'any', format: 'csv', paths: [path], columns: [{ name: 'x', type: 'string' }, { name: 'y', type: 'string' }] })
      const strict = await process.open('select x, y from source.any', { encoding: { kind: 'rows' } }).then(async (cursor) => (cursor.ok ? rowsOf(process, 'select x, y from source.any').catch(() => 'refused') : 'refused'))
      const own = await records(text).then((all) => {
        const cells = all.map((record) => cellsOf(Array.isArray(record) ? { cells: record } : record as CsvRecord, 2))
        return cells.includes(undefined) ? 'refused' : cells.slice(1)
      }, () => 'refused')
      if (own !== 'refused' || !/ "/u.test(text)) expect(own).toEqual(strict)
    }), { numRuns: 120, seed: 9 })
  }, 60_000)
})
