// Spellings of one key, as we compare them and as an engine does.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineProcess } from '@tulle/engine'
import type { EngineRig } from '@tulle/engine/testing'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import { isOneOf } from './erase-rows.ts'
import { fold, foldSql } from './fold.ts'

let rig: EngineRig
let process: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  process = await rig.process()
})
afterAll(() => rig.close())

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

describe('a key in several spellings', () => {
  it.each([
    ['Ana@Example.COM', ' ana@example.com\n', true], ['ana @example.com', 'ana@example.com', false], ['ÄRA', 'ära', false], ['', ' ', true], ['a', 'b', false],
  ])('%j is %j: %j', (one, other, same) => expect(fold(one) === fold(other)).toBe(same))

  it('is folded by an engine to the letter as by us, whatever alphabet it is of', async () => {
    const texts = fc.sample(fc.string({ unit: fc.oneof(fc.constantFrom('A', 'z', ' ', '\t', '\n', '\r', '\u00a0', 'İ', 'ß', 'K', "'"), fc.string({ minLength: 1, maxLength: 1, unit: 'binary' })) }).filter((text) => !text.includes('\0')), { numRuns: 500, seed: 7 })
    const rows = await rowsOf(process, `SELECT ${foldSql('v')} FROM (VALUES ${texts.map((text, i) => `(${i}, ${quoted(text)})`).join(', ')}) AS t(i, v) ORDER BY i`)
    expect(rows.map(([value]) => value)).toEqual(texts.map(fold))
  })

  it('is found in each of them, and exactly where it is compared exactly', async () => {
    const found = async (term: string | undefined): Promise<readonly unknown[]> => (await rowsOf(process, `SELECT v FROM (VALUES ('ana@x'), ('ANA@X '), ('bo@x'), (NULL)) AS t(v) WHERE ${term ?? 'false'} ORDER BY v`)).map(([v]) => v)
    expect([await found(isOneOf('v', { folded: ['Ana@X'] })), await found(isOneOf('v', ['Ana@X'])), await found(isOneOf('v', ['ana@x'])), isOneOf('v', { folded: [] })]).toEqual([['ANA@X ', 'ana@x'], [], ['ana@x'], undefined])
  })
})
