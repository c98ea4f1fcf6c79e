// Columns under a key of each person: what ports read, what a foreign reader of the files finds, and what is left once a key is gone.

import { randomBytes } from 'node:crypto'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import type { EngineProcess, Relation } from '@tulle/engine'
import type { EngineRig } from '@tulle/engine/testing'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import { commit, createTable, filesOfHistory, loadTable, memoryCatalog, newDataPath, openLake, planScan, stageAppend, valueOfBytes } from '@tulle/lake'
import type { DataFile, Lake, Table } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import { testStore, valueOf } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import { compact, dataFileOf, eraseRows, foreseeErasure, keysOfSubject, tableRelation, takeIn, writeRows } from '@tulle/tables'
import type { RowsOfSubject } from '@tulle/tables'
import { openShredding } from './file-cipher.ts'
import { checkShreddingSecret } from './key-ring.ts'
import { KEY } from './sealed-rows.ts'
import type { Shredding, ShreddingRule } from './types.ts'

const NAME = { namespace: 'clinic', name: 'visits' }
const OTHER = { namespace: 'clinic', name: 'bills' }
const COLUMNS = [
  { name: 'visit', type: 'long', required: true }, { name: 'patient', type: 'string', required: true }, { name: 'born', type: 'date' }, { name: 'fee', type: 'decimal(9, 2)' }, { name: 'seen_at', type: 'timestamptz' },
  { name: 'note', type: 'string' }, { name: 'ward', type: 'string', required: true }, { name: 'floor', type: 'int' },
] as const
const RULE: ShreddingRule = { key: 'patient', columns: ['born', 'fee', 'seen_at', 'note', 'ward'] }

let engines: EngineRig
let state: TestStore
let process: EngineProcess
let shredding: Shredding
let lake: Lake
let rule: ShreddingRule | undefined
const secret = randomBytes(32).toString('hex')
let turn = 0

beforeAll(async () => {
  engines = engineRig()
  state = await testStore()
  process = await engines.process()
  shredding = await open('one')
})
beforeEach(async () => {
  rule = RULE
  turn += 1
  await state.store.db.deleteFrom('person_key').execute()
  lake = openLake({ catalog: memoryCatalog(), objects: localObjects(join(engines.data, `warehouse-${turn}`)), cipher: shredding })
  for (const name of [NAME, OTHER]) valueOf(await createTable(lake, { name, folder: name.name, columns: COLUMNS }))
})
afterAll(async () => {
  await shredding?.close()
  await engines?.close()
  await state?.close()
})

const open = (name: string, { store = state.store, under = secret } = {}): Promise<Shredding> => openShredding({ store, engine: engines.engine, clock: systemClock, ruleOf: async () => rule, workFolder: join(engines.data, `shredding-${name}`), secret: under })

const work = () => ({ lake, process, folder: engines.data, place: async (file: string) => {
  const path = join(engines.data, `placed-${turn++}.parquet`)
  await copyFile(file, path)
  return path
} })
const load = async (name = NAME): Promise<Table> => valueOf(await loadTable(lake, name))

/** `null`: nobody. */
type Visit = readonly [visit: number, patient: string | null, note: string | null, raw?: string]
const text = (value: string | null): string => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`)
async function append(visits: readonly Visit[], name = NAME): Promise<void> {
  const table = await load(name)
  const raw = table.schema.fields.some(({ name: column }) => column === '_tulle_raw')
  const rows = visits.map(([visit, patient, note, came]) => `(${visit}::BIGINT, ${text(patient)}::VARCHAR, DATE '1980-02-03', 12.50::DECIMAL(9,2), TIMESTAMPTZ '2024-05-06 07:08:09.123456+02', ${text(note)}::VARCHAR, 'ward of ' || ${visit}, 3${raw ? `, ${text(came ?? null)}::VARCHAR` : ''})`)
  const written = valueOf(await writeRows(process, table, { query: `SELECT * FROM (VALUES ${rows.join(', ')}) AS v(${table.schema.fields.map((column) => column.name).join(', ')})`, folder: engines.data, name: lake.ids.uuid() }))
  const files: DataFile[] = []
  for (const one of written) {
    const taken = valueOf(await takeIn(lake, table, one.file, newDataPath(lake, table)))
    files.push(dataFileOf(table, { ...one, file: taken.file }, taken.address))
  }
  valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files }))]))
}
async function relation(snapshotId?: string, name = NAME): Promise<Result<Relation>> {
  const table = await load(name)
  return tableRelation(lake, table, valueOf(await planScan(lake, table, snapshotId === undefined ? {} : { snapshotId })), { place: work().place })
}
async function read(columns = '*', snapshotId?: string, name = NAME): Promise<readonly (readonly unknown[])[]> {
  valueOf(await process.define([valueOf(await relation(snapshotId, name))]))
  return rowsOf(process, `SELECT ${columns} FROM "${name.namespace}"."${name.name}" ORDER BY visit`)
}
const problem = async (): Promise<string | undefined> => {
  const read = await relation()
  return read.ok ? undefined : read.diagnostics[0]?.code
}
const filesOf = async (name = NAME): Promise<readonly DataFile[]> => [...valueOf(await filesOfHistory(lake, await load(name))).values()].map(({ entry }) => entry.file)
const pathOf = async ({ path }: DataFile): Promise<string> => valueOf(await lake.objects.localFile(path))

/** What a reader of the bare files finds, decoded: every value of every column, and the bounds in manifests. */
async function bare(name = NAME): Promise<string> {
  const texts: string[] = []
  for (const file of await filesOf(name)) {
    const path = await work().place(await pathOf(file))
    const columns = COLUMNS.map((column, i) => ({ name: column.name, type: column.type, fieldId: i + 1 }))
    valueOf(await process.define([{ schema: 'bare', name: 'file', columns: [...columns, { name: 'sealed', type: 'string', fieldId: 2_147_480_001 }], files: [{ path, rows: file.rows }] }]))
    texts.push(JSON.stringify(await rowsOf(process, 'SELECT * FROM bare.file')), (await readFile(path)).toString('latin1'))
    for (const [id, bound] of [...file.lowerBounds ?? [], ...file.upperBounds ?? []]) texts.push(String(valueOfBytes(COLUMNS[id - 1]?.type ?? 'binary', bound)))
  }
  return texts.join('\n')
}
async function shred(value: string, name = NAME): Promise<number> {
  const found = valueOf(await keysOfSubject(work(), name, new Map([[2, [value]]]), KEY))
  return shredding.destroy(found.table, found.keys, 'erasure-1')
}

const ANA: readonly Visit[] = [[1, 'ana@planted.example', 'planted note of ana'], [2, 'ana@planted.example', null]]
const BO: readonly Visit[] = [[3, "bo'); DROP TABLE person_key; --", 'planted note of bo']]
const PLANTED = ['ana@planted.example', 'planted note', 'DROP TABLE', 'ward of 1', '1980-02-03', '12.5', '2024-05-06']

describe('columns that are shredded', () => {
  it('are read as they were written, and lie in no file and no manifest in plain', async () => {
    await append([...ANA, ...BO])
    expect(await read()).toEqual([
      [1, 'ana@planted.example', '1980-02-03', 12.5, '2024-05-06T05:08:09.123456Z', 'planted note of ana', 'ward of 1', 3],
      [2, 'ana@planted.example', '1980-02-03', 12.5, '2024-05-06T05:08:09.123456Z', null, 'ward of 2', 3],
      [3, "bo'); DROP TABLE person_key; --", '1980-02-03', 12.5, '2024-05-06T05:08:09.123456Z', 'planted note of bo', 'ward of 3', 3],
    ])
    const found = await bare()
    expect(PLANTED.filter((planted) => found.includes(planted))).toEqual([])
    // Control: without a rule the same rows show all of it.
    rule = undefined
    await append([...ANA, ...BO], OTHER)
    const plain = await bare(OTHER)
    expect(PLANTED.filter((planted) => !plain.includes(planted))).toEqual([])
  })

  it('are gone from every version once the key is, and nobody else\'s are', async () => {
    await append(ANA)
    const first = (await load()).currentSnapshot?.id
    await append([[4, 'ana@planted.example', 'later note of ana'], ...BO])
    valueOf(await compact(work(), NAME, { targetBytes: 1_000_000, minFiles: 2 }))
    expect((await read('patient')).filter(([patient]) => patient === 'ana@planted.example')).toHaveLength(3)
    expect(await shred('ana@planted.example')).toBe(1)
    for (const version of [first, undefined]) {
      const rows = await read('patient, born, fee, seen_at, note, ward, floor', version)
      const others = rows.filter(([patient]) => !String(patient).startsWith('[shredded] '))
      const gone = rows.filter((row) => !others.includes(row))
      expect(gone.map(([, ...values]) => values)).toEqual(gone.map(() => [null, null, null, null, '[shredded]', 3]))
      expect([gone.length, new Set(gone.map(([patient]) => patient)).size, others.map(([patient, , , , note]) => [patient, note])]).toEqual(version === undefined ? [3, 1, [[BO[0]?.[1], 'planted note of bo']]] : [2, 1, []])
    }
    // What is left of the key says nothing.
    expect(await state.store.db.selectFrom('person_key').select(['digest', 'wrapped', 'erasure_id']).where('destroyed_at', 'is not', null).execute()).toEqual([{ digest: null, wrapped: null, erasure_id: 'erasure-1' }])
    expect([(await shredding.destroyedBy((await load()).uuid, 'erasure-1')).length, valueOf(await keysOfSubject(work(), NAME, new Map([[2, ['ana@planted.example']]]), KEY)).keys]).toEqual([1, []])
  }, 60_000)

  it('show the word that the contract chose', async () => {
    rule = { ...RULE, word: 'forgotten' }
    await append(ANA)
    await shred('ana@planted.example')
    expect((await read('patient, note, ward, born')).map(([patient, ...rest]) => [/^forgotten \S{8}$/u.test(String(patient)), ...rest])).toEqual([[true, 'forgotten', 'forgotten', null], [true, 'forgotten', 'forgotten', null]])
  })

  it('have a key in each table, so that one stays where the other goes', async () => {
    await append(ANA)
    await append(ANA, OTHER)
    await shred('ana@planted.example')
    expect([String((await read('patient'))[0]?.[0]).startsWith('[shredded]'), (await read('patient', undefined, OTHER))[0]?.[0]]).toEqual([true, 'ana@planted.example'])
    expect(await shred('ana@planted.example', OTHER)).toBe(1)
  })

  it('have a key for the row alone where it says of nobody', async () => {
    rule = { key: 'note', columns: ['patient'] }
    await append([[1, 'ana@planted.example', null], [2, 'bo', null], [3, 'cy', 'known']])
    expect(await read('patient, note')).toEqual([['ana@planted.example', null], ['bo', null], ['cy', 'known']])
    await shred('ana@planted.example')
    expect((await read('patient')).map(([patient]) => patient)).toEqual(['[shredded]', 'bo', 'cy'])
  })

  it('are gone in another process too, though it had read them', async () => {
    await append(ANA)
    const other = openLake({ catalog: lake.catalog, objects: lake.objects, cipher: await open('other', { store: await state.another() }) })
    const seen = async (): Promise<unknown> => {
      valueOf(await process.define([valueOf(await tableRelation(other, await load(), valueOf(await planScan(other, await load())), { place: work().place }))]))
      return (await rowsOf(process, 'SELECT patient FROM clinic.visits ORDER BY visit'))[0]?.[0]
    }
    expect(await seen()).toBe('ana@planted.example')
    await shred('ana@planted.example')
    await systemClock.sleep(250)
    expect(String(await seen()).startsWith('[shredded] ')).toBe(true)
  })

  it('come sealed out of a history that is written anew for somebody else', async () => {
    await append([...ANA, ...BO])
    valueOf(await eraseRows(work(), NAME, new Map([[1, ['3']]])))
    expect((await read('visit, patient')).map(([visit, patient]) => [Number(visit), patient])).toEqual(ANA.map(([visit, patient]) => [visit, patient]))
    const found = await bare()
    expect(PLANTED.filter((planted) => found.includes(planted))).toEqual([])
  })

  it('are so in rows that were set aside, which go: whose key was destroyed, and who only speaks of the person', async () => {
    const aside = { namespace: 'clinic', name: 'visits@quarantine' }
    valueOf(await createTable(lake, { name: aside, folder: 'aside', columns: [...COLUMNS.map(({ name, type }) => ({ name, type })), { name: '_tulle_raw', type: 'string' }] }))
    await append([...ANA, ...BO, [5, null, null, '5;planted note of ana@planted.example;x'], [6, null, null, '6;of nobody']], aside)
    const found = await bare(aside)
    expect(PLANTED.filter((planted) => found.includes(planted))).toEqual([])
    const left = async () => (await read('visit, patient', undefined, aside)).map(([visit, patient]) => [Number(visit), patient])
    expect(await left()).toHaveLength(5)
    await shred('ana@planted.example', aside)
    const raw = (await load(aside)).schema.fields.find(({ name }) => name === '_tulle_raw')?.id ?? 0
    const speaking: RowsOfSubject = new Map<number, readonly string[] | { readonly within: readonly string[] }>([[2, ['ana@planted.example']], [raw, { within: ['ana@planted.example'] }]])
    const gone = await shredding.destroyedBy((await load(aside)).uuid, 'erasure-1')
    // Control: by what they say alone, those whose key is gone would stay and could be replayed.
    expect(valueOf(await foreseeErasure(work(), aside, speaking)).rows.current).toBe(1)
    valueOf(await eraseRows(work(), aside, new Map([...speaking, [KEY.id, gone] as const]), { whose: KEY }))
    expect(await left()).toEqual([[3, BO[0]?.[1]], [6, null]])
    expect((await filesOf(aside)).map(({ path }) => path.endsWith('.sealed.parquet'))).toEqual([true])
  }, 60_000)

  it('are so in an archive, under keys of its own', async () => {
    const archive = { namespace: 'clinic', name: 'visits@archive' }
    valueOf(await createTable(lake, { name: archive, folder: 'archive', columns: COLUMNS }))
    await append([...ANA, ...BO])
    await append([...ANA, ...BO], archive)
    const found = await bare(archive)
    expect(PLANTED.filter((planted) => found.includes(planted))).toEqual([])
    await shred('ana@planted.example')
    expect((await read('patient', undefined, archive))[0]).toEqual(['ana@planted.example'])
    await shred('ana@planted.example', archive)
    expect((await read('patient, note', undefined, archive)).map(([patient, note]) => [String(patient).slice(0, 10), note])).toEqual([['[shredded]', null], ['[shredded]', null], [BO[0]?.[1]?.slice(0, 10), BO[0]?.[2]]])
  })

  it('stay as they are in files from before the contract asked', async () => {
    rule = undefined
    await append(BO)
    rule = RULE
    await append(ANA)
    expect((await filesOf()).map(({ path }) => path.endsWith('.sealed.parquet')).toSorted()).toEqual([false, true])
    expect((await read('patient')).map(([patient]) => patient)).toEqual([...ANA, ...BO].map(([, patient]) => patient))
  })
})

describe('whoever changes files', () => {
  /** The sealed column of the file, as somebody writes it who has the file and no key. */
  async function tamper(sealed: string, other: string, file?: DataFile): Promise<string | undefined> {
    const path = await pathOf(file ?? (await filesOf())[0] as DataFile)
    const columns = [...COLUMNS.map((column, i) => ({ name: column.name, type: column.type as string, fieldId: i + 1 })), { name: 'seal', type: 'string', fieldId: 2_147_480_001 }]
    valueOf(await process.define([
      { schema: 'bare', name: 'file', columns, files: [{ path: await work().place(path), rows: 3 }] },
      { schema: 'bare', name: 'other', columns, files: [{ path: await work().place(other), rows: 3 }] },
    ]))
    const out = join(engines.data, `tampered-${turn++}.parquet`)
    valueOf(await process.write(`SELECT ${COLUMNS.map(({ name }) => name).join(', ')}, ${sealed} AS _tulle_sealed FROM bare.file ORDER BY visit`, { path: out, fieldIds: Object.fromEntries([...COLUMNS.map(({ name }, i) => [name, i + 1]), ['_tulle_sealed', 2_147_480_001]]) }))
    await writeFile(path, await readFile(out))
    await shredding.forget()
    return problem()
  }
  const FROM_OTHER = '(SELECT o.seal FROM bare.other AS o WHERE o.visit = file.visit)'
  const of = (visit: number): string => `(SELECT seal FROM bare.file AS f WHERE f.visit = ${visit})`
  const CASES: readonly (readonly [string, string, string | undefined])[] = [
    ['nothing', 'seal', undefined],
    ['the seals of two rows of one person', `CASE visit WHEN 1 THEN ${of(2)} WHEN 2 THEN ${of(1)} ELSE seal END`, 'shredding-altered'],
    ['the seals of rows of two persons', `CASE visit WHEN 1 THEN ${of(3)} WHEN 3 THEN ${of(1)} ELSE seal END`, 'shredding-altered'],
    ['whose key a seal names', `CASE visit WHEN 1 THEN split_part(${of(3)}, '.', 1) || '.' || split_part(seal, '.', 2) ELSE seal END`, 'shredding-altered'],
    ['a seal to none', 'CASE visit WHEN 1 THEN NULL ELSE seal END', 'shredding-altered'],
    ['a seal to one under a key that never was', "CASE visit WHEN 1 THEN 'AAAAAAAAAAAAAAAAAAAAAA.' || split_part(seal, '.', 2) ELSE seal END", 'shredding-key-missing'],
    ['one letter', "CASE visit WHEN 1 THEN left(seal, 40) || CASE WHEN seal[41] = 'A' THEN 'B' ELSE 'A' END || seal[42:] ELSE seal END", 'shredding-altered'],
    ['rows to those of another table', FROM_OTHER, 'shredding-key-missing'],
  ]
  it('is found out', async () => {
    await append([...ANA, ...BO])
    await append([...ANA, ...BO], OTHER)
    const [file, other] = [(await filesOf())[0] as DataFile, (await filesOf(OTHER))[0] as DataFile]
    const whole = await readFile(await pathOf(file))
    for (const [what, sealed, expected] of CASES) {
      await writeFile(await pathOf(file), whole)
      expect(await tamper(sealed, await pathOf(other)), what).toBe(expected)
    }
    await writeFile(await pathOf(file), whole)
    await append([...ANA, ...BO])
    const second = (await filesOf()).find(({ path }) => path !== file.path) as DataFile
    expect(await tamper(FROM_OTHER, await pathOf(second), file), 'rows to those of another file of the table').toBe('shredding-altered')
  }, 120_000)
})

describe('the key of keys', () => {
  it('is known again, and another one is refused', async () => {
    const other = randomBytes(32).toString('hex')
    expect([(await checkShreddingSecret(state.store.db, other)).ok, (await checkShreddingSecret(state.store.db, 'short')).ok]).toEqual([true, false])
    await append(ANA)
    expect((await checkShreddingSecret(state.store.db, secret)).ok).toBe(true)
    const refused = await checkShreddingSecret(state.store.db, other)
    expect(refused.ok ? undefined : refused.diagnostics[0]?.code).toBe('shredding-secret-lost')
    await shredding.forget()
    lake = { ...lake, cipher: await open('wrong', { under: other }) }
    expect(await problem()).toBe('shredding-secret-lost')
  })
})
