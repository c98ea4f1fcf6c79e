import { randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commit, createTable, loadTable, stageOverwrite, stagePartitioning } from '@tulle/lake'
import type { Table } from '@tulle/lake'
import type { DataLayout } from '@tulle/model'
import { appendEvent, OBJECT_REMOVAL, withAdvisoryLock } from '@tulle/store'
import { dataSetProvider } from './data-set.provider.ts'
import { evolveTable, toColumns } from './evolve-table.ts'
import { lakeOf } from './find-table.ts'
import { postgresCatalog } from './postgres-catalog.ts'
import { meshOf } from './testing/mesh-of.ts'
import { effectOf, providerRig } from './testing/provider-rig.ts'
import type { ProviderRig } from './testing/provider-rig.ts'
import type { Resource } from './types.ts'

let rig: ProviderRig
let product: string
beforeAll(async () => {
  rig = await providerRig()
})
afterAll(() => rig[Symbol.asyncDispose]())

type Columns = Readonly<Record<string, string>>
const first: Columns = { date: 'timestamp!', delay: 'int', origin: 'string' }
const meshWith = (columns: Columns | undefined) => meshOf({ products: { [product]: { dataSets: { rows: { ...(columns !== undefined && { columns }) } } } } })
const wanted = (columns: Columns | undefined): Resource => rig.desired(meshWith(columns), ref())
const ref = (): string => `data-set:${product}.rows`
const name = () => ({ namespace: product, name: 'rows' })
const catalog = () => postgresCatalog(rig.store.db)
const drop = () => rig.store.db.deleteFrom('table_pointer').where('namespace', '=', product).execute()

async function table(): Promise<Table> {
  const loaded = await loadTable(lakeOf(rig.context), name())
  if (!loaded.ok) throw new Error(loaded.diagnostics[0]?.message)
  return loaded.value
}

/** Stages a snapshot without rows; a run would have written files. */
async function stageRun() {
  const staged = await stageOverwrite(lakeOf(rig.context), await table(), { files: [], summary: { 'tulle.run-id': randomUUID() } })
  if (!staged.ok) throw new Error(staged.diagnostics[0]?.message)
  return staged.value
}

async function publish(): Promise<string> {
  const staged = await stageRun()
  const id = staged.snapshot?.id ?? ''
  await rig.store.db.transaction().execute(async (tx) => {
    expect(await catalog().swapIn(tx, [staged.swap])).toBe('swapped')
    await appendEvent(tx, { type: 'tulle.product.published', source: '/runs', subject: product, data: { product, runId: 'r', snapshots: { rows: id } } })
  })
  return id
}

let count = 0
beforeEach(async () => {
  product = `product_${(count += 1)}`
  await rig.create(meshWith(first))
})

describe('a data set with a contract', () => {
  it('is a table in a folder named by the product\'s id', async () => {
    const id = (await rig.observed(`data-product:${product}`))?.id ?? ''
    const made = await table()
    expect(made.location).toBe(`file://${rig.warehouse}/${id}/rows-${made.uuid.slice(0, 8)}`)
    expect(made.schema.fields.map(({ id: field, name: column, type, required }) => [field, column, type, required])).toEqual([
      [1, 'date', 'timestamp', true], [2, 'delay', 'int', false], [3, 'origin', 'string', false],
    ])
  })

  it('without one has no table', async () => {
    product = `product_${(count += 1)}`
    await rig.create(meshWith(undefined))
    expect(await catalog().find(name())).toBeUndefined()
    expect(await rig.observed(ref())).toMatchObject({ archived: false })
  })

  it('loses its table to the archive when the contract goes, and has it back with its snapshots when it returns', async () => {
    const snapshot = await publish()
    effectOf(await dataSetProvider.update(rig.context, wanted(undefined)))
    expect(await catalog().find(name())).toBeUndefined()
    effectOf(await dataSetProvider.update(rig.context, wanted(first)))
    expect((await table()).currentSnapshot?.id).toBe(snapshot)
  })
})

describe('a changed contract', () => {
  const CHANGES: Readonly<Record<string, readonly [Columns, readonly unknown[]]>> = {
    'adds a column, optional even where it is declared required, because rows already written lack it': [
      { ...first, distance: 'int!' }, [[1, 'date', 'timestamp', true], [2, 'delay', 'int', false], [3, 'origin', 'string', false], [4, 'distance', 'int', false]],
    ],
    'widens a column in place': [{ ...first, delay: 'long' }, [[1, 'date', 'timestamp', true], [2, 'delay', 'long', false], [3, 'origin', 'string', false]]],
    'drops a column': [{ date: 'timestamp!', origin: 'string' }, [[1, 'date', 'timestamp', true], [3, 'origin', 'string', false]]],
    'replaces a column whose values cannot be read as its new type': [
      { ...first, delay: 'string' }, [[1, 'date', 'timestamp', true], [4, 'delay', 'string', false], [3, 'origin', 'string', false]],
    ],
    'replaces the only column there is': [{ date: 'string' }, [[4, 'date', 'string', false]]],
    'reorders columns': [{ origin: 'string', date: 'timestamp', delay: 'int' }, [[3, 'origin', 'string', false], [1, 'date', 'timestamp', false], [2, 'delay', 'int', false]]],
    'adds nested columns': [
      { ...first, tags: 'list<string>', seat: 'struct<row: int not null, letter: string>' },
      [[1, 'date', 'timestamp', true], [2, 'delay', 'int', false], [3, 'origin', 'string', false],
        [4, 'tags', { type: 'list', elementId: 6, element: 'string', elementRequired: false }, false],
        [5, 'seat', { type: 'struct', fields: [{ id: 7, name: 'row', required: true, type: 'int' }, { id: 8, name: 'letter', required: false, type: 'string' }] }, false]],
    ],
  }
  for (const [what, [columns, fields]] of Object.entries(CHANGES)) {
    it(what, async () => {
      const { uuid } = await table()
      await publish()
      const snapshots = (await table()).snapshots.length
      effectOf(await dataSetProvider.update(rig.context, wanted(columns)))
      const now = await table()
      expect(now.schema.fields.map(({ id, name: column, type, required }) => [id, column, type, required])).toEqual(fields)
      expect([now.uuid, now.snapshots.length]).toEqual([uuid, snapshots])
      expect((await rig.observed(ref()))?.drift).toBeUndefined()
      expect(effectOf(await dataSetProvider.update(rig.context, wanted(columns)))).toMatchObject({ changed: false })
    })
  }

  it('is told as tulle.schema.changed, in the transaction that made it true', async () => {
    effectOf(await dataSetProvider.update(rig.context, wanted({ date: 'timestamp!', origin: 'string' })))
    const events = await rig.store.db.selectFrom('outbox').select(['type', 'data']).where('subject', '=', ref()).orderBy('seq').execute()
    expect(events.at(-1)).toMatchObject({ type: 'tulle.schema.changed', data: { product, dataSet: 'rows', breaking: true, changes: ['Column delay (int) is dropped.'] } })
    expect(events.at(-2)).toMatchObject({ type: 'tulle.resource.changed', data: { action: 'update' } })
  })

  it('is told as tulle.data-set.deprecated once, where a day to retire is set or moved', async () => {
    const told = async (): Promise<readonly unknown[]> => (await rig.store.db.selectFrom('outbox').select('data').where('subject', '=', ref()).where('type', '=', 'tulle.data-set.deprecated').orderBy('seq').execute()).map(({ data }) => data)
    const going = (retires?: string): Resource => {
      const plain = wanted(first)
      return retires === undefined ? plain : { ...plain, spec: { ...plain.spec, retires }, fingerprint: `${plain.fingerprint} ${retires}` }
    }
    for (const retires of [undefined, '2027-03-31', '2027-03-31', '2027-04-30', undefined]) effectOf(await dataSetProvider.update(rig.context, going(retires)))
    expect(await told()).toEqual(['2027-03-31', '2027-04-30'].map((retires) => ({ product, dataSet: 'rows', retires })))
  })

  it('wins over a run that publishes meanwhile, and loses nothing that it published', async () => {
    const published: string[] = []
    const runs = (async () => {
      for (let i = 0; i < 10; i += 1) {
        const staged = await stageRun()
        if ((await catalog().swap([staged.swap])) === 'swapped') published.push(staged.snapshot?.id ?? '')
      }
    })()
    for (const columns of [{ ...first, a: 'int' }, { ...first, b: 'int' }, { ...first, a: 'string' }]) effectOf(await dataSetProvider.update(rig.context, wanted(columns)))
    await runs
    const now = await table()
    expect(now.snapshots.map((snapshot) => snapshot.id)).toEqual(published)
    expect(now.schema.fields.map((field) => field.name)).toEqual(['date', 'delay', 'origin', 'a'])
  })

  it('with a type that is none is refused, and nothing changes', async () => {
    const before = await table()
    const outcome = await dataSetProvider.update(rig.context, wanted({ date: 'datetme' }))
    expect(outcome.ok ? [] : outcome.diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['unknown-type'])
    expect((await table()).metadataLocation).toBe(before.metadataLocation)
  })
})

describe('a layout', () => {
  const laid = (columns: Columns, layout?: DataLayout): Resource =>
    rig.desired(meshOf({ products: { [product]: { dataSets: { rows: { columns, ...(layout !== undefined && { layout }) } } } } }), ref())
  const monthly: DataLayout = { partitioning: [{ column: 'date', transform: 'month' }, { column: 'origin', transform: 'bucket[8]' }], sortOrder: [{ column: 'delay', direction: 'desc' }] }
  const now = async () => {
    const { metadata } = await table()
    return {
      spec: metadata.partitionSpecs.find((spec) => spec.specId === metadata.defaultSpecId)?.fields.map(({ name: field, transform, sourceIds }) => [field, transform, ...sourceIds]),
      order: metadata.sortOrders.find((order) => order.orderId === metadata.defaultSortOrderId)?.fields.map(({ direction, sourceIds }) => [direction, ...sourceIds]),
      specs: metadata.partitionSpecs.length,
    }
  }
  const MONTHLY = { spec: [['date_month', 'month', 1], ['origin_bucket', 'bucket[8]', 3]], order: [['desc', 2]] }

  it('is that of a new table', async () => {
    await drop()
    effectOf(await dataSetProvider.heal(rig.context, laid(first, monthly)))
    expect(await now()).toMatchObject(MONTHLY)
  })

  it('comes and goes without touching a snapshot, and is planned as a sentence', async () => {
    await publish()
    const { currentSnapshot } = await table()
    const before = wanted(first)
    expect(dataSetProvider.diff(laid(first, monthly), { ...before, id: '', archived: false }).fields).toMatchObject([{
      path: 'contract.layout', breaking: false, destructive: false,
      sentence: 'The table is partitioned by month(date), bucket(origin, 8) and sorted by delay descending. Files already written stay as they are; the next run writes the new way.',
    }])
    effectOf(await dataSetProvider.update(rig.context, laid(first, monthly)))
    expect(await now()).toMatchObject(MONTHLY)
    expect(effectOf(await dataSetProvider.update(rig.context, laid(first, monthly)))).toMatchObject({ changed: false })
    effectOf(await dataSetProvider.update(rig.context, laid(first)))
    expect(await now()).toMatchObject({ spec: [], order: [], specs: 2 })
    expect((await table()).currentSnapshot).toEqual(currentSnapshot)
  })

  it('lets go of a column that leaves or is replaced, and takes one that comes', async () => {
    effectOf(await dataSetProvider.update(rig.context, laid(first, monthly)))
    const { date: _date, ...rest } = first
    effectOf(await dataSetProvider.update(rig.context, laid({ ...rest, day: 'date' }, { partitioning: [{ column: 'day', transform: 'year' }] })))
    expect(await now()).toMatchObject({ spec: [['day_year', 'year', 4]], order: [] })
    effectOf(await dataSetProvider.update(rig.context, laid({ ...rest, day: 'timestamp' }, { partitioning: [{ column: 'day', transform: 'hour' }] })))
    expect(await now()).toMatchObject({ spec: [['day_hour', 'hour', 5]] })
  })

  it('that a contract says nothing of is left to others', async () => {
    const staged = await stagePartitioning(lakeOf(rig.context), await table(), [{ source: 'origin', transform: 'identity' }])
    if (!staged.ok || staged.value === undefined) throw new Error('nothing was staged')
    expect((await commit(lakeOf(rig.context), [staged.value])).ok).toBe(true)
    effectOf(await dataSetProvider.update(rig.context, wanted({ ...first, more: 'int' })))
    expect(await now()).toMatchObject({ spec: [['origin', 'identity', 3]] })
  })
})

describe('a table that somebody dropped by hand', () => {
  it('is drift', async () => {
    await drop()
    expect((await rig.observed(ref()))?.drift).toEqual({
      reason: 'table-missing', message: `The table ${product}.rows was dropped by hand.`, remedy: 'It comes back as its newest published metadata file has it, or empty where none is left.',
    })
  })

  it('comes back with its data where its files are left', async () => {
    const snapshot = await publish()
    await drop()
    expect(effectOf(await dataSetProvider.heal(rig.context, wanted(first))).note).toBe(`The table ${product}.rows points again to its newest published metadata file; its data is back.`)
    expect((await table()).currentSnapshot?.id).toBe(snapshot)
    expect((await rig.observed(ref()))?.drift).toBeUndefined()
  })

  it('never comes back with a snapshot that was staged but not published', async () => {
    const snapshot = await publish()
    await stageRun()
    await drop()
    effectOf(await dataSetProvider.heal(rig.context, wanted(first)))
    expect((await table()).currentSnapshot?.id).toBe(snapshot)
  })

  it('comes back empty where its files are gone too, and says what builds its data again', async () => {
    await publish()
    await drop()
    await rm(join(rig.warehouse, (await rig.observed(`data-product:${product}`))?.id ?? ''), { recursive: true })
    expect(effectOf(await dataSetProvider.heal(rig.context, wanted(first))).note).toBe(`The table ${product}.rows was made again, empty: tulle run ${product} builds its data.`)
    expect((await table()).currentSnapshot).toBeUndefined()
    expect((await rig.observed(ref()))?.drift).toBeUndefined()
  })

  it('comes back although only its metadata file was lost', async () => {
    const snapshot = await publish()
    effectOf(await dataSetProvider.update(rig.context, wanted({ ...first, more: 'int' })))
    await rm((await table()).metadataLocation.slice('file://'.length))
    expect((await rig.observed(ref()))?.drift?.reason).toBe('metadata-missing')
    effectOf(await dataSetProvider.heal(rig.context, wanted({ ...first, more: 'int' })))
    const now = await table()
    expect([now.currentSnapshot?.id, now.schema.fields.length]).toEqual([snapshot, 4])
    expect((await rig.observed(ref()))?.drift).toBeUndefined()
  })

  it('and made again under its name by somebody else is adopted as it is, and given the contract\'s columns', async () => {
    await drop()
    const other = await createTable(lakeOf(rig.context), { name: name(), folder: 'elsewhere', columns: [{ name: 'delay', type: 'int' }] })
    if (!other.ok) throw new Error(other.diagnostics[0]?.message)
    const snapshot = await publish()
    expect((await rig.observed(ref()))?.drift?.reason).toBe('table-missing')
    effectOf(await dataSetProvider.heal(rig.context, wanted(first)))
    const now = await table()
    expect([now.uuid, now.currentSnapshot?.id, now.schema.fields.map((field) => field.name)]).toEqual([other.value.uuid, snapshot, ['date', 'delay', 'origin']])
    expect((await rig.observed(ref()))?.drift).toBeUndefined()
  })

  it('and whose pointer was bent to a file that is none comes back as it was', async () => {
    const snapshot = await publish()
    await rig.store.db.updateTable('table_pointer').set({ metadata_location: 'file:///etc/passwd' }).where('namespace', '=', product).execute()
    expect((await rig.observed(ref()))?.drift?.reason).toBe('metadata-missing')
    effectOf(await dataSetProvider.heal(rig.context, wanted(first)))
    expect((await table()).currentSnapshot?.id).toBe(snapshot)
  })
})

describe('columns that somebody changed by hand', () => {
  it('are drift, and become those of the contract again', async () => {
    const columns = toColumns([{ name: 'other', type: 'int', required: false }])
    if (!columns.ok) throw new Error('unreachable')
    const staged = await evolveTable(lakeOf(rig.context), await table(), columns.value)
    if (!staged.ok || staged.value === undefined) throw new Error('nothing staged')
    expect((await commit(lakeOf(rig.context), [staged.value])).ok).toBe(true)
    expect((await rig.observed(ref()))?.drift?.reason).toBe('schema-differs')
    effectOf(await dataSetProvider.heal(rig.context, wanted(first)))
    expect((await table()).schema.fields.map((field) => field.name)).toEqual(['date', 'delay', 'origin'])
    expect((await rig.observed(ref()))?.drift).toBeUndefined()
  })
})

describe('a destroyed data set', () => {
  it('leaves no pointer, no row and no file', async () => {
    await publish()
    const { location } = await table()
    effectOf(await dataSetProvider.destroy(rig.context, ref()))
    expect(await catalog().find(name())).toBeUndefined()
    expect(await rig.observed(ref())).toBeUndefined()
    expect((await readdir(location.slice('file://'.length), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())).toEqual([])
  })

  it('leaves its files to a backup that copies them, gives up its name, and is finished by the next apply', async () => {
    await publish()
    const { location } = await table()
    const files = async (): Promise<number> => (await readdir(location.slice('file://'.length), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length
    const before = await files()
    const clock = { ...rig.context.clock, sleep: async () => undefined }
    await withAdvisoryLock(rig.store, OBJECT_REMOVAL, async () => {
      expect(effectOf(await dataSetProvider.destroy({ ...rig.context, clock }, ref())).note).toContain('are being copied by a backup')
    })
    expect(await files()).toBe(before)
    expect(await catalog().find(name())).toBeUndefined()
    expect((await rig.observed(ref()))?.drift?.reason).toBe('half-destroyed')
    effectOf(await dataSetProvider.destroy(rig.context, ref()))
    expect(await files()).toBe(0)
    expect(await rig.observed(ref())).toBeUndefined()
  })

  it('waits for a backup that is about to end', async () => {
    await publish()
    const ending = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const backup = withAdvisoryLock(rig.store, OBJECT_REMOVAL, () => {
      begun.resolve()
      return ending.promise
    })
    await begun.promise
    const clock = { ...rig.context.clock, sleep: async () => {
      ending.resolve()
      await backup
    } }
    expect(effectOf(await dataSetProvider.destroy({ ...rig.context, clock }, ref())).note).toBeUndefined()
    expect(await rig.observed(ref())).toBeUndefined()
  })

  it('never takes files outside its product\'s folder with it, whatever its metadata says', async () => {
    const other = await table()
    await rig.store.db.updateTable('resource').set({ spec: JSON.stringify({ ...wanted(first).spec, made: { uuid: 'x', location: `file://${rig.warehouse}`, fieldIds: {} } }) }).where('ref', '=', ref()).execute()
    expect(effectOf(await dataSetProvider.destroy(rig.context, ref())).note).toBe(`The files of ${ref()} lie outside its product's folder and were left there.`)
    expect((await readdir(`${other.location.slice('file://'.length)}/metadata`)).length).toBe(1)
  })
})

describe('names', () => {
  it('that could leave the warehouse are refused', async () => {
    for (const dataSet of ['../x', 'A', 'a/b', '']) {
      const hostile = { ...wanted(first), ref: `data-set:${product}.${dataSet}`, spec: { ...wanted(first).spec, name: dataSet } }
      const outcome = await dataSetProvider.create(rig.context, hostile)
      expect(outcome.ok ? [] : outcome.diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['bad-table-name'])
    }
  })

  it('that are not those of their address are refused, so that no plan reaches another product\'s table', async () => {
    const forged = { ...wanted(first), spec: { ...wanted(first).spec, product: 'product_1' } }
    const outcome = await dataSetProvider.update(rig.context, forged)
    expect(outcome.ok ? [] : outcome.diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['bad-table-name'])
  })

  it('taken by another table while theirs was archived are a finding', async () => {
    effectOf(await dataSetProvider.archive(rig.context, ref()))
    await catalog().swap([{ name: name(), expected: undefined, next: { uuid: randomUUID(), metadataLocation: 'file:///elsewhere' } }])
    const outcome = await dataSetProvider.restore(rig.context, wanted(first))
    expect(outcome.ok ? [] : outcome.diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['table-name-taken'])
  })
})
