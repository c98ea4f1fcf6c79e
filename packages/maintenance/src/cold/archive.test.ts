// Rows that go into a cold store and come back, in a real control database: none is ever lost, and none is ever in both.

import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'
import type { Table } from '@tulle/lake'
import { commit, loadTable, planScan, stageLike, stageSchema, writeMetadata } from '@tulle/lake'
import type { Lake, TableName } from '@tulle/lake'
import { readEvents } from '@tulle/store'
import { tableRelation } from '@tulle/tables'
import { rowsOf } from '@tulle/engine/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ColdRig } from '../testing/cold-rig.ts'
import { coldRig, valueOf, VISITS, visitsMesh } from '../testing/cold-rig.ts'
import type { Dying } from '../testing/mortal-moves.ts'
import { hasDied, mortalMoves } from '../testing/mortal-moves.ts'
import type { Maintenance } from '../types.ts'
import { rowsJob } from '../rows-job.ts'
import { tablePolicy } from '../table-policy.ts'
import { openColdStore } from './cold-store.ts'
import { restoreRows } from './restore-rows.ts'
import type { RestoreRequest } from './types.ts'

const DAY = 86_400_000
const ALL = { product: 'visits', dataSet: 'visits', keepFor: 10 * DAY, by: 'olga', dryRun: false }

let at: ColdRig
let maintenance: Maintenance
beforeEach(async () => {
  at = await coldRig()
  maintenance = await at.looked()
})
afterEach(() => at[Symbol.asyncDispose]())

const codesOf = (report: Awaited<ReturnType<Maintenance['maintain']>>): readonly string[] => report.tables.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code))
const rowsGone = (report: Awaited<ReturnType<Maintenance['maintain']>>) => report.tables.flatMap(({ removals }) => removals.filter(({ job }) => job === 'rows').map(({ what, rows, oldest, newest }) => ({ what, rows, ...(oldest !== undefined && { oldest, newest }) })))

const OLD = [[1, '2026-01-01'], [2, '2026-01-10']] as const
const NEW = [[3, '2026-02-20']] as const

describe('rows that their contract has archived', () => {
  it('go as a dry run says, which changes nothing, and are listed with what was done', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD, ...NEW)
    expect(rowsGone(await maintenance.foresee())).toEqual([{ what: 'archived rows', rows: 2, oldest: '2026-01-01', newest: '2026-01-10' }])
    expect([await at.warm(), await readdir(at.place)]).toEqual([['1:2026-01-01', '2:2026-01-10', '3:2026-02-20'], ['holders', 'tulle-archive.json']])
    expect(rowsGone(await maintenance.maintain())).toEqual([{ what: 'archived rows', rows: 2 }])
    expect([await at.warm(), await at.cold()]).toEqual([['3:2026-02-20'], ['1:2026-01-01', '2:2026-01-10']])
    expect(rowsGone(await maintenance.maintain())).toEqual([])
    const { archives, diagnostics } = await maintenance.archives()
    expect(diagnostics).toEqual([])
    expect(archives).toEqual([expect.objectContaining({ product: 'visits', dataSet: 'visits', rows: 2, files: 1, column: 'happened', oldest: '2026-01-01', newest: '2026-01-10', moves: [expect.objectContaining({ action: 'archived', rows: 2, by: 'retention', contractVersion: '1.0.0' })] })])
    const events = await readEvents(at.rig.store.db, { after: '0', limit: 100, types: ['tulle.rows.archived'] })
    expect(events.map(({ data }) => data)).toEqual([expect.objectContaining({ product: 'visits', dataSet: 'visits', rows: 2 })])
  })

  it.each([
    ['equal rows', false, '2026-01-01', ['1:2026-01-01', '2:2026-01-10']],
    ['the same key with another value, which takes its place', true, '2026-01-05', ['1:2026-01-05', '2:2026-01-10']],
  ])('and come again from their source are archived once: %s', async (_what, isKeyed, day, expected) => {
    await at.rig.create(visitsMesh({ isKeyed }))
    await at.append(...OLD)
    await maintenance.maintain()
    await at.append([1, day], ...NEW)
    await maintenance.maintain()
    expect([await at.warm(), await at.cold()]).toEqual([['3:2026-02-20'], expected])
  })

  it('stay where no cold store is named, and it is said why', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    const without = await at.looked({ cold: openColdStore({ db: at.rig.store.db, objects: at.lake.objects, clock: at.lake.clock }) })
    expect([codesOf(await without.foresee()), codesOf(await without.maintain()), await at.warm()]).toEqual([['cold-store-unnamed'], ['cold-store-unnamed'], ['1:2026-01-01', '2:2026-01-10']])
  })

  it('stay under a legal hold', async () => {
    await at.rig.create(visitsMesh({ legalHold: 'Case 12' }))
    await at.append(...OLD)
    expect(rowsGone(await maintenance.maintain())).toEqual([])
    expect(await at.warm()).toHaveLength(2)
  })

  it('are not archived where they are of somebody who was erased', async () => {
    const { products, ...words } = visitsMesh()
    const [visits] = [...products.values()] as [NonNullable<ReturnType<typeof products.get>>]
    const keyed = visits.dataSets.map(({ contract, ...dataSet }) => (contract === undefined ? dataSet : { ...dataSet, contract: { ...contract, columns: contract.columns.map((column) => (column.name === 'id' ? { ...column, businessKey: 'visitor' } : column)) } }))
    await at.rig.create({ ...words, products: new Map([['visits', { ...visits, dataSets: keyed }]]) })
    await at.append(...OLD)
    const listed = await at.looked({ suppression: { condition: async (key) => (key === 'visitor' ? (value) => `${value} = '1'` : undefined) } })
    await listed.maintain()
    expect([await at.warm(), await at.cold()]).toEqual([[], ['2:2026-01-10']])
  })
})

describe('archived rows that come back', () => {
  it('are there until the day that was said, and then go again', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD, ...NEW)
    await maintenance.maintain()
    expect(valueOf(await maintenance.restore({ ...ALL, from: '2026-01-05', dryRun: true }))).toMatchObject({ rows: 1, dryRun: true })
    expect(valueOf(await maintenance.restore({ ...ALL, from: '2026-01-05' }))).toMatchObject({ rows: 1, added: 1, keptUntil: '2026-03-11T00:00:00.000Z' })
    expect([await at.warm(), await at.cold()]).toEqual([['2:2026-01-10', '3:2026-02-20'], ['1:2026-01-01']])
    await at.clock.advance(9 * DAY)
    await at.append([4, '2026-01-02'])
    // What comes late and is of another day goes all the same.
    await maintenance.maintain()
    expect(await at.warm()).toEqual(['2:2026-01-10', '3:2026-02-20'])
    await at.clock.advance(2 * DAY)
    await maintenance.maintain()
    expect([await at.warm(), await at.cold()]).toEqual([['3:2026-02-20'], ['1:2026-01-01', '2:2026-01-10', '4:2026-01-02']])
  })

  it('are not there twice where their source has brought them again', async () => {
    await at.rig.create(visitsMesh({ isKeyed: true }))
    await at.append(...OLD)
    await maintenance.maintain()
    await at.append([1, '2026-01-03'])
    expect(valueOf(await maintenance.restore(ALL))).toMatchObject({ rows: 2, added: 1 })
    expect([await at.warm(), await at.cold()]).toEqual([['1:2026-01-03', '2:2026-01-10'], []])
  })

  it('have the columns that the contract has by then', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    await maintenance.maintain()
    await alter([{ name: 'id', type: 'long' }, { name: 'on', type: 'date', renamedFrom: 'happened' }, { name: 'note', type: 'string' }])
    expect(valueOf(await maintenance.restore(ALL))).toMatchObject({ rows: 2, added: 2 })
    const table = valueOf(await loadTable(at.lake, VISITS))
    valueOf(await at.worker.define([valueOf(await tableRelation(at.lake, table, valueOf(await planScan(at.lake, table)), { place: at.placed }))]))
    expect(await rowsOf(at.worker, 'SELECT id::int, "on"::varchar, note FROM visits.visits ORDER BY 1')).toEqual([[1, '2026-01-01', null], [2, '2026-01-10', null]])
  })

  it('stay in the archive where the contract requires what they do not have', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    await maintenance.maintain()
    const table = valueOf(await loadTable(at.lake, VISITS))
    const fields = [...table.schema.fields, { id: 9, name: 'note', type: 'string', required: true }]
    valueOf(await commit(at.lake, [valueOf(await writeMetadata(at.lake, table, { lastUpdated: table.metadata.lastUpdated, lastColumnId: 9, currentSchemaId: 9, schemas: [...table.schemas, { schemaId: 9, fields }] }))]))
    expect(codeOf(await maintenance.restore(ALL))).toBe('rows-unfit')
    expect([await at.warm(), (await at.cold()).length]).toEqual([[], 2])
  })

  it('do not by what says no range, no time to keep them, or nothing that was archived', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    await maintenance.maintain()
    const refused: readonly (readonly [Partial<RestoreRequest>, string])[] = [
      [{ from: '2026-13-01' }, 'bad-restore-range'], [{ from: "2026-01-01' OR true --" }, 'bad-restore-range'], [{ from: '2026-02-01', to: '2026-01-01' }, 'bad-restore-range'],
      [{ keepFor: 0 }, 'bad-restore-range'], [{ dataSet: 'nope' }, 'archive-empty'], [{ product: 'nope' }, 'unknown-product'],
    ]
    for (const [wrong, code] of refused) expect([wrong, codeOf(await maintenance.restore({ ...ALL, ...wrong }))]).toEqual([wrong, code])
    expect(await at.warm()).toEqual([])
  })
})

describe('archived rows for reading alone', () => {
  it('are a version beside the others until the day that was said, and neither the table nor the archive changes', async () => {
    await at.rig.create(visitsMesh())
    // Tables are made by the real clock, and versions are never older than their table.
    await at.clock.advance(Date.now() + DAY - at.clock.now())
    await at.append(...OLD, [3, new Date(at.clock.now()).toISOString().slice(0, 10)])
    await maintenance.maintain()
    const before = [(await at.warm()).length, await at.cold()]
    expect(before).toEqual([1, ['1:2026-01-01', '2:2026-01-10']])
    const shown = valueOf(await maintenance.restore({ ...ALL, from: '2026-01-05', readOnly: true }))
    expect(shown).toMatchObject({ rows: 1, added: 1, version: expect.stringMatching(/^archived-[0-9a-f]{8}$/u) })
    expect([(await at.warm()).length, await at.cold()]).toEqual(before)
    const table = async () => valueOf(await loadTable(at.lake, VISITS))
    const refs = async () => Object.entries((await table()).metadata.refs).filter(([name]) => name !== 'main').map(([name, { type, snapshotId }]) => ({ name, type, snapshotId }))
    expect(await refs()).toEqual([{ name: shown.version, type: 'tag', snapshotId: shown.snapshotId }])
    valueOf(await at.worker.define([valueOf(await tableRelation(at.lake, await table(), valueOf(await planScan(at.lake, await table(), { snapshotId: shown.snapshotId ?? '' })), { place: at.placed }))]))
    expect(await rowsOf(at.worker, 'SELECT id::int, happened::varchar FROM visits.visits')).toEqual([[2, '2026-01-10']])
    await at.clock.advance(9 * DAY)
    await maintenance.maintain()
    expect(await refs()).toHaveLength(1)
    await at.clock.advance(2 * DAY)
    await maintenance.maintain()
    expect([await refs(), (await at.warm()).length, await at.cold()]).toEqual([[], ...before])
    // Its files go as those of every version do that no name leads to.
    await at.clock.advance(31 * DAY)
    await maintenance.maintain()
    expect((await table()).snapshots.some(({ id }) => id === shown.snapshotId)).toBe(false)
  })

  it('are none of somebody who was erased, and nothing is shown where there are none', async () => {
    await at.rig.create(visitsMesh({ businessKey: 'visitor' }))
    await at.append(...OLD)
    await maintenance.maintain()
    const listed = await at.looked({ suppression: { condition: async () => (value) => `${value} = '1'` } })
    expect(valueOf(await listed.restore({ ...ALL, readOnly: true }))).toMatchObject({ rows: 1 })
    expect(valueOf(await listed.restore({ ...ALL, from: '2020-01-01', to: '2020-02-01', readOnly: true })).version).toBeUndefined()
  })
})

describe('a cold store that somebody else can write into', () => {
  const files = async (): Promise<readonly string[]> => (await readdir(at.place, { recursive: true, withFileTypes: true })).filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const change = async (ending: string, by: (bytes: Buffer) => Buffer): Promise<void> => {
    for (const file of (await files()).filter((name) => name.endsWith(ending))) {
      const bytes = await readFile(file)
      await rm(file)
      await writeFile(file, by(bytes))
    }
  }

  it.each<[string, string, (bytes: Buffer) => Buffer]>([
    ['rows that were changed', '.parquet', (bytes) => Buffer.from([...bytes.subarray(0, 8), (bytes[8] ?? 0) ^ 1, ...bytes.subarray(9)])],
    ['rows that were cut off', '.parquet', (bytes) => bytes.subarray(0, 20)],
    ['a table that leads out of the store', '.metadata.json', (bytes) => Buffer.from(bytes.toString('utf8').replaceAll(/file:\/\/[^"]*?\/metadata\//gu, 'file:///etc/../etc/'))],
    ['a manifest of something else', '.avro', () => Buffer.from('Obj\u0001')],
  ])('gives nothing back of %s, and takes nothing more', async (_what, ending, by) => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    await maintenance.maintain()
    await change(ending, by)
    const fresh = await at.looked({ cold: at.coldStore() })
    expect(codeOf(await fresh.restore(ALL))).toBe('archive-damaged')
    expect(await at.warm()).toEqual([])
  })

  it.each<[string, () => Promise<void>, string]>([
    ['is another mesh’s', async () => writeFile(join(at.place, 'tulle-archive.json'), JSON.stringify({ kind: 'tulle-archive', format: 1, mesh: 'other' })), 'cold-store-foreign'],
    ['was not mounted', async () => { await rm(at.place, { recursive: true }) }, 'cold-store-lost'],
  ])('gives nothing back where it %s, and no row goes there', async (_what, spoil, code) => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    await maintenance.maintain()
    await spoil()
    await at.append([5, '2026-01-07'])
    expect(codeOf(await maintenance.restore(ALL))).toBe(code)
    expect(codesOf(await maintenance.maintain())).toContain(code)
    expect(await at.warm()).toEqual(['5:2026-01-07'])
  })

  it('is held by one home of the mesh: another one, as a restored backup is, neither reads nor writes there until it takes it over', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    await maintenance.maintain()
    // The rows of a backup in another home: all but which home it is.
    const { id: first } = await at.rig.store.db.deleteFrom('cold_holder').returning('id').executeTakeFirstOrThrow()
    const other = await at.looked()
    await at.append([5, '2026-01-07'])
    expect([codeOf(await other.restore(ALL)), codesOf(await other.maintain()), (await other.archives()).diagnostics.map(({ code }) => code)]).toEqual(['cold-store-held', ['cold-store-held'], ['cold-store-held']])
    expect(await at.warm()).toEqual(['5:2026-01-07'])
    expect(valueOf(await other.takeOver('ada'))).toEqual({ place: expect.stringContaining(at.place) })
    await other.maintain()
    expect([await at.warm(), (await at.cold()).length]).toEqual([[], 3])
    await at.rig.store.db.updateTable('cold_holder').set({ id: first }).execute()
    expect(codeOf(await maintenance.restore(ALL))).toBe('cold-store-held')
  })

  it('is not used under another path than the one that its files are known by', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    await maintenance.maintain()
    const moved = `${at.place}-moved`
    await cp(at.place, moved, { recursive: true })
    try {
      const other = await at.looked({ cold: at.coldStore(async () => ok(localObjects(moved))) })
      expect(codeOf(await other.restore(ALL))).toBe('cold-store-moved')
    } finally {
      await rm(moved, { recursive: true })
    }
  })

  it('is not taken where it holds other things', async () => {
    await writeFile(join(at.place, 'letter.txt'), 'dear')
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    expect(codesOf(await maintenance.maintain())).toContain('cold-store-taken')
    expect(await at.warm()).toHaveLength(2)
  })
})

describe('the archive of a data set that is destroyed', () => {
  const REF = `data-set:${VISITS.namespace}.${VISITS.name}`
  const stored = async (): Promise<number> => (await readdir(at.place, { recursive: true })).filter((name) => /\.(?:parquet|avro|json)$/u.test(name) && !name.includes('holders') && name !== 'tulle-archive.json').length
  const destroy = async () => valueOf(await at.rig.provider('data-set').destroy(at.rig.context, REF))

  it('goes as well, which is said before; nothing is left of it, and a data set of that name begins with none', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    await maintenance.maintain()
    expect((await maintenance.tellDestroyed([REF, 'data-set:other.other'])).map(({ code, severity, message }) => [code, severity, message])).toEqual([['archive-goes', 'warning', expect.stringMatching(/^What was archived of visits\.visits goes with it: 2 rows, \d+ bytes\.$/u)]])
    expect(await maintenance.tellDestroyed(['data-set:other.other'])).toEqual([])
    expect(await destroy()).toMatchObject({ note: `What was archived of ${REF} goes from the cold store with the next maintenance.` })
    expect((await maintenance.archives()).archives).toEqual([expect.objectContaining({ dataSet: 'visits', rows: 2, endedAt: expect.any(String) })])
    expect(await maintenance.tellDestroyed([REF])).toEqual([])
    const foreseen = (await maintenance.foresee()).journal
    expect(foreseen).toEqual([expect.objectContaining({ what: 'archive', rule: 'destroyed' })])
    expect(await stored()).toBeGreaterThan(0)
    expect((await maintenance.maintain()).journal).toEqual(foreseen)
    expect([await stored(), (await maintenance.archives()).archives]).toEqual([0, []])
    for (const table of ['cold_table', 'cold_object', 'row_move'] as const) expect([table, await at.rig.store.db.selectFrom(table).selectAll().execute()]).toEqual([table, []])
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    await maintenance.maintain()
    expect(await at.cold()).toEqual(['1:2026-01-01', '2:2026-01-10'])
  })

  it('stays listed as going while the store is away, and goes when it is back', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    await maintenance.maintain()
    const away = await at.looked({ cold: at.coldStore(async () => fail({ code: 'object-unreachable', severity: 'error', message: 'The store does not answer.' })) })
    expect((await away.tellDestroyed([REF])).map(({ message }) => message)).toEqual(['What was archived of visits.visits goes with it, as soon as the cold store can be reached: The store does not answer.'])
    await destroy()
    expect((await away.maintain()).diagnostics.map(({ code }) => code)).toEqual(['object-unreachable'])
    expect((await away.archives()).archives).toEqual([expect.objectContaining({ isRead: false, endedAt: expect.any(String) })])
    await maintenance.maintain()
    expect([await stored(), (await maintenance.archives()).archives]).toEqual([0, []])
  })

  it('is not begun by who archives while it is destroyed', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD)
    const found = valueOf(await at.coldStore().lakeOf(await at.warmTable()))
    const staged = valueOf(await stageLike(found.lake, { name: found.archive, folder: '@cold/late', like: valueOf(await loadTable(at.lake, VISITS)), properties: {} }))
    await destroy()
    expect(codeOf(await commit(found.lake, [staged]))).toBe('commit-conflict')
  })
})

describe('whoever dies while rows move', () => {
  const EVERY = ['1:2026-01-01', '2:2026-01-10', '3:2026-02-20']
  const MOST_LIVES = 60

  /** Dies one step later each time, until it comes through; the rows of both after the first death and after each that has changed how many there are. */
  async function deaths(work: (dying: Dying) => Promise<Result<unknown>>, isPlanted = false): Promise<readonly (readonly string[])[]> {
    const seen: (readonly string[])[] = []
    for (let life = 0; life < MOST_LIVES; life += 1) {
      const done = await work(mortalMoves(at, life, { isPlanted })).then((result) => result.ok, (error: unknown) => {
        if (hasDied(error)) return false
        throw error
      })
      const [left, gone] = await Promise.all([counted(at.lake, VISITS), coldCount()])
      if (life === 0 || left + gone !== EVERY.length || done) seen.push([...await at.warm(), ...await at.cold()].toSorted())
      if (done) return life === 0 ? [] : seen
    }
    return []
  }
  const counted = async (of: Lake, name: TableName): Promise<number> => valueOf(await planScan(of, valueOf(await loadTable(of, name)))).files.reduce((sum, { file }) => sum + file.rows, 0)
  async function coldCount(): Promise<number> {
    const { lake: both, archive } = valueOf(await at.coldStore().lakeOf(await at.warmTable()))
    return (await both.catalog.find(archive)) === undefined ? 0 : counted(both, archive)
  }
  const archive = async (dying: Dying): Promise<Result<unknown>> => rowsJob.carryOut({ ...dying, table: VISITS, uuid: (await at.warmTable()).uuid, policy: tablePolicy({}) })

  it('has lost none and kept none twice, at whichever step; one whose two halves are two commits has', async () => {
    await at.rig.create(visitsMesh())
    await at.append(...OLD, ...NEW)
    const archiving = await deaths(archive)
    expect(archiving).toEqual([EVERY, EVERY])
    expect(await at.cold()).toEqual(EVERY.slice(0, 2))
    expect(await deaths((dying) => restoreRows(dying, { ...ALL, readOnly: true }))).toEqual([EVERY, EVERY])
    expect(await at.cold()).toEqual(EVERY.slice(0, 2))
    expect(await deaths((dying) => restoreRows(dying, ALL))).toEqual([EVERY, EVERY])
    expect(await at.warm()).toEqual(EVERY)
    await at.clock.advance(11 * DAY)
    const planted = await deaths(archive, true)
    expect(planted.some((rows) => rows.length < EVERY.length)).toBe(true)
  }, 240_000)
})

async function alter(columns: Parameters<typeof stageSchema>[2]): Promise<Table> {
  const staged = valueOf(await stageSchema(at.lake, valueOf(await loadTable(at.lake, VISITS)), columns))
  return valueOf(await commit(at.lake, staged === undefined ? [] : [staged]))[0] as Table
}

const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : (result.diagnostics[0]?.code ?? ''))
