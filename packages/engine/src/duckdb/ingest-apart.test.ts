// The contract: what fits is read as it would be read strictly; what does not goes apart with what it breaks, and nothing is lost.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess, IngestedColumn, Ingestion } from '../types.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())

const COLUMNS = [{ name: 'id', type: 'long' }, { name: 'name', type: 'string' }, { name: 'day', type: 'date' }]

async function apart(content: string, rest: Partial<Ingestion> = {}, file = 'p.ndjson') {
  const path = join(rig.data, file)
  writeFileSync(path, content)
  const read = await worker.ingest({ port: 'people', format: 'ndjson', paths: [path], columns: COLUMNS, apart: {}, ...rest })
  expect(read.diagnostics).toEqual([])
  return { good: await rowsOf(worker, 'select * from source.people'), bad: await rowsOf(worker, 'select * from "source (unfit)".people order by _tulle_number') }
}
const json = (text: string, rest: Partial<Ingestion> = {}) => apart(text, rest)

describe('rows of JSON that do not fit', () => {
  it.each<[string, string, readonly unknown[], Partial<Ingestion>?]>([
    ['what is no JSON', 'nonsense', [null, null, null, 'nonsense', 'readable', 2]],
    ['JSON that ends too early', '{"id":2', [null, null, null, '{"id":2', 'readable', 2]],
    ['what another reader could not read', '"2,\\"b"', [null, null, null, '2,"b', 'readable', 2]],
    ['what is no object', '[1]', [null, null, null, '[1]', 'readable', 2]],
    ['a value of another type', '{"id":"x","name":"b"}', [null, 'b', null, '{"id":"x","name":"b"}', 'of-type(id)', 2]],
    ['another member', '{"id":2,"more":1}', [2, null, null, '{"id":2,"more":1}', 'no-other-columns', 2]],
    ['a member that is missing', '{"id":2}', [2, null, null, '{"id":2}', 'has-column(name)', 2], { apart: { expected: ['name'] } }],
  ])('for %s go apart', async (_case, line, bad, options) => {
    expect(await json(`{"id":1,"name":"a","day":"2020-01-02"}\n${line}\n\n{"id":3,"name":null}\n`, options)).toEqual({ good: [[1, 'a', '2020-01-02'], [3, null, null]], bad: [bad] })
  })

  it('for a value inside of a list go apart', async () => {
    expect(await json('{"l":[1,2]}\n{"l":[1,"x"]}\n{"l":5}\n', { columns: [{ name: 'l', type: 'list<long>' }] })).toMatchObject({ good: [[[1, 2]]], bad: [[null, '{"l":[1,"x"]}', 'of-type(l)', 2], [null, '{"l":5}', 'of-type(l)', 3]] })
  })

  it('go apart from a list of objects too', async () => {
    expect(await apart('[{"id":1},{"id":"x"}]', { format: 'json' }, 'p.json')).toMatchObject({ good: [[1, null, null]], bad: [[null, null, null, '{"id":"x"}', 'of-type(id)', 2]] })
  })

  it('have names of any kind', async () => {
    expect(await json('{"a/b~\\"c":1}\n{"a/b~\\"c":"x"}\n', { columns: [{ name: 'a/b~"c', type: 'long' }] })).toMatchObject({ good: [[1]], bad: [[null, '{"a/b~\\"c":"x"}', 'of-type(a/b~"c)', 2]] })
  })
})

it('rows of Parquet go apart by their values and by columns too many, and a column that no file has stops the run', async () => {
  const path = join(rig.data, 'source.parquet')
  const read = (columns: readonly IngestedColumn[]) => worker.ingest({ port: 'people', format: 'parquet', paths: [path], columns, apart: {} })
  await worker.write("select unnest(['1', 'x']) as id, 'n' as name", { path, fieldIds: {} })
  await read([{ name: 'id', type: 'long' }, { name: 'name', type: 'string' }])
  expect([await rowsOf(worker, 'select * from source.people'), await rowsOf(worker, 'select * from "source (unfit)".people')]).toEqual([[[1, 'n']], [[null, 'n', '{"id":"x","name":"n"}', 'of-type(id)', 2]]])
  await read([{ name: 'id', type: 'string' }])
  expect(await rowsOf(worker, 'select _tulle_broken from "source (unfit)".people')).toEqual([['no-other-columns'], ['no-other-columns']])
  expect((await read([{ name: 'nope', type: 'string' }])).diagnostics.map(({ message }) => message)).toEqual(['source.parquet: the file has no column "nope".'])
})

// The rows that fit are the very rows that strict reading gives.
it.each<[string, string, Ingestion['format'], readonly IngestedColumn[]]>([
  ['JSON', '{"i":"7","d":1.105,"t":"2020-01-02T03:04:05Z","b":1,"s":{"z":[1]},"l":[1,"2"]}\n{"i":7.5,"d":"2.5","s":"é\\n"}\n', 'ndjson', [['i', 'long'], ['d', 'decimal(9, 2)'], ['t', 'timestamptz'], ['b', 'boolean'], ['s', 'string'], ['l', 'list<long>']].map(([name, type]) => ({ name: name as string, type: type as string }))],
])('%s that fits is read as without this', async (_case, content, format, columns) => {
  const path = join(rig.data, `same.${format}`)
  writeFileSync(path, content)
  const read = async (more: Partial<Ingestion>) => {
    expect((await worker.ingest({ port: 'people', format, paths: [path], columns, ...more })).diagnostics).toEqual([])
    return rowsOf(worker, 'select * from source.people')
  }
  expect(await read({ apart: {} })).toEqual(await read({}))
})
