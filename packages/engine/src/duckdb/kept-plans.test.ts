// The contract: a text that comes again runs on its old plan, and never over other relations than those of now.

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig, openQuery, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess, Relation } from '../types.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
  for (const name of ['a', 'b']) expect((await worker.write(`select i::bigint as id, '${name}' as name from range(5000) t(i)`, { path: fileOf(name), fieldIds: { id: 1, name: 2 } })).ok).toBe(true)
})
afterAll(() => rig?.close())
const fileOf = (name: string): string => join(rig.data, `${name}.parquet`)
const relation = (name: string, more: Partial<Relation> = {}): Relation => ({ schema: 's', name: 't', columns: [{ name: 'id', type: 'long', fieldId: 1 }, { name: 'name', type: 'string', fieldId: 2 }], files: [{ path: fileOf(name) }], ...more })
const define = async (...relations: readonly Relation[]): Promise<void> => expect((await worker.define(relations)).ok).toBe(true)

describe('a text that comes again', () => {
  const sql = 'select count(*), min(name) from s.t'

  it('answers over the relation as it is now', async () => {
    await define(relation('a'))
    for (let i = 0; i < 3; i += 1) expect(await rowsOf(worker, sql)).toEqual([[5000, 'a']])
    await define(relation('b'))
    expect(await rowsOf(worker, sql)).toEqual([[5000, 'b']])
    await define(relation('b', { rowFilter: { condition: '"id" < 7', reads: [] } }))
    for (let i = 0; i < 2; i += 1) expect(await rowsOf(worker, sql)).toEqual([[7, 'b']])
    await define(relation('b', { rowFilter: { condition: '"id" < 5', reads: [] } }))
    expect(await rowsOf(worker, sql)).toEqual([[5, 'b']])
  })

  it('whose result was open while the relation changed leaves no plan behind', async () => {
    await define(relation('a'))
    const cursor = await openQuery(worker, 'select name from s.t')
    expect((await cursor.fetch(10)).ok).toBe(true)
    await define(relation('b'))
    for (let done = false; !done;) {
      const batch = await cursor.fetch(10_000)
      expect(batch.ok).toBe(true)
      done = batch.ok ? batch.value.done : true
    }
    await cursor.close()
    expect((await rowsOf(worker, 'select name from s.t'))[0]).toEqual(['b'])
  })

  it('that was described before the relation changed is described and run as it is now', async () => {
    const text = 'select max(id) as most, min(name) from s.t'
    await define(relation('a'))
    expect((await worker.prepare(text)).ok).toBe(true)
    await define(relation('b', { columns: [{ name: 'id', type: 'string', fieldId: 1, expression: `'only ' || "name"` }, { name: 'name', type: 'string', fieldId: 2 }], source: relation('b').columns }))
    expect(await rowsOf(worker, text)).toEqual([['only b', 'b']])
    const described = await worker.prepare(text)
    expect(described.ok && described.value.columns.map(({ type }) => type)).toEqual(['VARCHAR', 'VARCHAR'])
    expect(await rowsOf(worker, text)).toEqual([['only b', 'b']])
  })

  it('beside many others is each time the text that was asked for', async () => {
    await define(relation('a'))
    const texts = Array.from({ length: 40 }, (_, i) => `select count(*) + ${i} from s.t`)
    const answers = await Promise.all(texts.map(async (text) => [await worker.parse(text), await worker.prepare(text), await rowsOf(worker, text)] as const))
    expect(answers.map(([, , rows]) => rows)).toEqual(texts.map((_, i) => [[5000 + i]]))
    expect(new Set(answers.map(([tree]) => JSON.stringify(tree))).size).toBe(texts.length)
  })

  it('takes other parameters, of other types too, and may be open twice', async () => {
    await define(relation('a'))
    const text = 'select count(*) from s.t where id < $1'
    for (const [value, rows] of [['10', 10], [3, 3], ['4999', 4999], [null, 0]] as const) expect(await rowsOf(worker, text, { parameters: [value] })).toEqual([[rows]])
    const [one, two] = [await openQuery(worker, text, { parameters: ['2'] }), await openQuery(worker, text, { parameters: ['4'] })]
    const [ofTwo, ofOne] = [await two.fetch(10), await one.fetch(10)]
    await one.close()
    await two.close()
    expect([ofOne, ofTwo].map((batch) => (batch.ok ? Buffer.from(batch.value.bytes).toString('utf8') : ''))).toEqual(['[[2]]', '[[4]]'])
  })

  it('asks anew what changes from call to call', async () => {
    const [first, second] = [await rowsOf(worker, 'select random(), now()'), await rowsOf(worker, 'select random(), now()')]
    expect(second[0]?.[0]).not.toEqual(first[0]?.[0])
    expect(second[0]?.[1]).not.toEqual(first[0]?.[1])
  })
})
