// Texts that are sealed by an engine: opened where they stand with their key, and nowhere else.

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineRig } from '../testing.ts'
import { engineRig } from '../testing.ts'
import type { EngineProcess, SealingKey } from '../types.ts'

let rig: EngineRig
let process: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  process = await rig.process()
})
afterAll(() => rig.close())

const ANA: SealingKey = { name: 'ana', as: 'k1', key: randomBytes(32) }
const BO: SealingKey = { name: 'bo', as: 'k2', key: randomBytes(32) }

async function answer(sql: string, keys: readonly SealingKey[] = [ANA, BO], by: EngineProcess = process): Promise<unknown> {
  if (keys.length > 0) expect((await by.learnKeys(keys)).ok).toBe(true)
  const cursor = await by.open(sql, { encoding: { kind: 'rows' } })
  if (!cursor.ok) return cursor.diagnostics[0]?.code
  const batch = await cursor.value.fetch(100_000)
  await cursor.value.close()
  if (!batch.ok) return batch.diagnostics[0]?.code
  return batch.value.rows === 0 ? [] : JSON.parse(Buffer.from(batch.value.bytes).toString('utf8'))
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const sealed = async (name: string, place: string, text: string): Promise<string> => ((await answer(`SELECT tulle_seal(${quoted(name)}, ${quoted(place)}, ${quoted(text)})`)) as [[string]])[0][0]

describe('texts under keys', () => {
  it.each(['', 'ana@example.com', 'Łódź 🚲', "'; DROP TABLE x; --", 'x'.repeat(100_000)])('come back as they were', async (text) => {
    const one = await sealed('ana', 'p1', text)
    expect([one.startsWith('k1.'), one.includes('ana@'), await answer(`SELECT tulle_open('p1', ${quoted(one)})`)]).toEqual([true, false, [[text]]])
  })

  it('are sealed anew each time, and null stays null', async () => {
    const [[distinct, nothing]] = (await answer("SELECT count(DISTINCT tulle_seal('ana', 'p' || (i % 2), 'same')), count(tulle_seal('ana', 'p', CASE WHEN false THEN 'x' END)) FROM range(5000) AS t(i)")) as [[number, number]]
    expect([Number(distinct), Number(nothing)]).toEqual([5000, 0])
  })

  it('come back row by row where many are opened at once', async () => {
    expect(await answer(`
      WITH made AS MATERIALIZED (SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE 'text ' || i END AS text FROM range(3000) AS t(i)),
      kept AS MATERIALIZED (SELECT i, text, tulle_seal(CASE WHEN i % 2 = 0 THEN 'ana' ELSE 'bo' END, 'row ' || i, text) AS sealed FROM made)
      SELECT count(*) FROM kept WHERE tulle_open('row ' || i, sealed) IS NOT DISTINCT FROM text`)).toEqual([[3000]])
  })

  it('are null where the key was destroyed, and an error where it is not known', async () => {
    const one = await sealed('ana', 'p', 'gone')
    const { key: _destroyed, ...gone } = ANA
    expect(await answer(`SELECT tulle_open('p', ${quoted(one)})`, [gone])).toEqual([[null]])
    expect(await answer(`SELECT tulle_open('p', ${quoted(one)})`, [BO])).toBe('engine-invalid-value')
    expect(await answer(`SELECT tulle_seal('nobody', 'p', 'x')`)).toBe('engine-invalid-value')
  })

  it('do not open at another place, under another name, or altered', async () => {
    const one = await sealed('ana', 'row 1', 'secret')
    const bytes = Buffer.from(one.slice(3), 'base64')
    const altered = (i: number): string => `k1.${Buffer.from(bytes.map((byte, at) => (at === i ? byte ^ 1 : byte))).toString('base64')}`
    const wrong = [['row 2', one], ['row 1', `k2.${one.slice(3)}`], ['row 1', one.slice(0, 20)], ['row 1', 'k1.'], ['row 1', 'none'], ['row 1', ''], ...Array.from(bytes.keys(), (i) => ['row 1', altered(i)])] as [string, string][]
    for (const [place, text] of wrong) expect(await answer(`SELECT tulle_open(${quoted(place)}, ${quoted(text)})`), text).toBe('engine-invalid-value')
    // Control: as it was it does.
    expect(await answer(`SELECT tulle_open('row 1', ${quoted(one)})`)).toEqual([['secret']])
  })

  it('have no functions in processes that were given no keys', async () => {
    const other = await rig.process()
    expect(await answer(`SELECT tulle_open('p', 'k1.')`, [], other)).toBe('engine-undefined-function')
    await other.kill()
  })
})
