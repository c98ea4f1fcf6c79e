// The bytes of a collection's files stay while a version that is kept has their row, whoever wrote it, and go after.

import { join } from 'node:path'
import { copyFile, rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fail, sha256 } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import { commit, fieldIdsOf, loadTable, newDataPath, openLake, stageAppend, toDataFile } from '@tulle/lake'
import type { Lake, Table } from '@tulle/lake'
import { engineRig } from '@tulle/engine/testing'
import type { EngineRig } from '@tulle/engine/testing'
import type { Maintenance, Report } from '@tulle/maintenance'
import { openMaintenance } from '@tulle/maintenance'
import type { PipelineRig } from '@tulle/pipeline/testing'
import { pipelineRig } from '@tulle/pipeline/testing'
import { keptFile, keptRecipe, RECIPE_KEY } from '@tulle/providers'
import { deleteWhere } from '@tulle/tables'

const DAY = 86_400_000
const PICTURES = { namespace: 'gallery', name: 'pictures' }
const columns = { path: 'string!*', sha256: 'string!', bytes: 'long!', media_type: 'string' }

let rig: PipelineRig
let engines: EngineRig
let clock: FakeClock
let lake: Lake
let maintenance: Maintenance
let productId: string

beforeEach(async () => {
  rig = await pipelineRig()
  engines = engineRig()
  clock = fakeClock(Date.now())
  lake = openLake({ catalog: rig.lake.catalog, objects: rig.lake.objects, clock: { ...clock, sleep: async () => undefined } })
  maintenance = await openMaintenance({ store: rig.store, lake, clock, engine: engines.engine, workFolder: join(engines.data, 'work') })
  await rig.write({ 'pics/old.svg': 'old', 'pics/stays.svg': 'stays' })
  await rig.apply({ gallery: { files: { folder: { path: 'pics', format: 'files' } }, dataSets: { pictures: { from: 'folder', columns } } } })
  const rules = { 'expire-after': '30d', 'keep-last': 1 }
  await rig.write({ 'mesh.yaml': JSON.stringify({ apiVersion: 'tulle.dev/v1', kind: 'Mesh', metadata: { name: 'test', title: 'Test' }, spec: { purposes: [{ name: 'testing' }], maintenance: rules } }) })
  await rig.applyFolder()
  expect(await rig.run('gallery')).toMatchObject({ status: 'succeeded' })
  await rm(join(rig.meshFolder, 'pics/old.svg'))
  await rig.write({ 'pics/new.svg': 'new' })
  expect(await rig.run('gallery')).toMatchObject({ status: 'succeeded' })
  productId = (await load()).properties['tulle.product-id'] ?? ''
})
afterEach(async () => {
  await maintenance?.close()
  await engines?.close()
  await rig?.[Symbol.asyncDispose]()
})

const load = async (): Promise<Table> => valueOf(await loadTable(lake, PICTURES))
const keptOf = (report: Report): readonly string[] => report.tables.flatMap(({ removals }) => removals.filter(({ job }) => job === 'kept').map(({ name }) => name)).toSorted()
const addressOf = (content: string): string => lake.objects.address(keptFile(productId, sha256(content)))

/** Which of these contents are still there. */
async function held(): Promise<readonly string[]> {
  const found: string[] = []
  for (const content of ['old', 'stays', 'new', 'nobody’s']) {
    const bytes = await lake.objects.read(addressOf(content))
    if (bytes.ok) found.push(Buffer.from(bytes.value).toString('utf8'))
  }
  return found
}

/** As a writer does that knows nothing of recipes. */
async function appendRow(path: string, content: string): Promise<void> {
  const table = await load()
  const written = valueOf(await (await engines.process()).write(`SELECT '${path}' AS path, '${sha256(content)}' AS sha256, ${content.length}::bigint AS bytes, NULL::varchar AS media_type`, { path: join(engines.data, `${path}.parquet`), fieldIds: fieldIdsOf(table.schema) }))
  const address = valueOf(await lake.objects.adopt(newDataPath(lake, table), written.path))
  valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [toDataFile(table.schema, { ...written, path: address })] }))]))
}

async function deleteNew(): Promise<void> {
  const place = async (file: string): Promise<string> => {
    const path = join(engines.data, 'placed.parquet')
    await copyFile(file, path)
    return path
  }
  expect(valueOf(await deleteWhere({ lake, process: await engines.process(), folder: engines.data, place }, PICTURES, "path = 'new.svg'"))).toMatchObject({ rowsRemoved: 1 })
}

describe('the bytes of a file of a collection', { timeout: 60_000 }, () => {
  it('stay while a version has their row, and go a safe age after; those that nothing names go as well', async () => {
    valueOf(await lake.objects.create(keptFile(productId, sha256('nobody’s')), Buffer.from('nobody’s')))
    expect((await load()).snapshots).toHaveLength(2)
    await clock.advance(4 * DAY)
    expect(keptOf(await maintenance.foresee())).toEqual([addressOf('nobody’s')])
    expect(await held()).toEqual(['old', 'stays', 'new', 'nobody’s'])
    expect(keptOf(await maintenance.maintain())).toEqual([addressOf('nobody’s')])
    expect(await held()).toEqual(['old', 'stays', 'new'])
    const [first] = (await load()).snapshots
    await clock.advance(31 * DAY)
    await maintenance.maintain()
    expect((await load()).snapshots.map(({ id }) => id)).not.toContain(first?.id)
    // What expiry lets go is for the next pass.
    const gone = [addressOf('old'), lake.objects.address(keptRecipe(productId, first?.summary[RECIPE_KEY] ?? ''))].toSorted()
    expect(keptOf(await maintenance.foresee())).toEqual(gone)
    expect(keptOf(await maintenance.maintain())).toEqual(gone)
    expect(await held()).toEqual(['stays', 'new'])
    expect(keptOf(await maintenance.maintain())).toEqual([])
  })

  it.each([
    ['has added a row of an older file', () => appendRow('back', 'old')],
    ['has deleted a row', deleteNew],
  ] as const)('stay while a version is of somebody who left no recipe and %s', async (_, change) => {
    const [first] = (await load()).snapshots
    await change()
    for (let i = 0; i < 3; i += 1) {
      await clock.advance(31 * DAY)
      expect(keptOf(await maintenance.maintain())).toEqual([])
    }
    expect((await load()).snapshots.map(({ id }) => id)).not.toContain(first?.id)
    expect(await held()).toEqual(['old', 'stays', 'new'])
  })

  it('stay while a recipe is gone or cannot be read, which is said', async () => {
    valueOf(await lake.objects.create(keptFile(productId, sha256('nobody’s')), Buffer.from('nobody’s')))
    await clock.advance(4 * DAY)
    const recipe = lake.objects.address(keptRecipe(productId, (await load()).currentSnapshot?.summary[RECIPE_KEY] ?? ''))
    const unreadable = fail({ code: 'object-denied', severity: 'error' as const, message: 'Not now.' })
    const broken = new Proxy(lake.objects, { get: (objects, key) => {
      if (key === 'read') return async (address: string) => (address === recipe ? unreadable : objects.read(address))
      const member: unknown = Reflect.get(objects, key)
      return typeof member === 'function' ? member.bind(objects) as unknown : member
    } })
    const troubled = await openMaintenance({ store: rig.store, lake: { ...lake, objects: broken }, clock, engine: engines.engine, workFolder: join(engines.data, 'other') })
    const report = await troubled.maintain()
    await troubled.close()
    expect([keptOf(report), report.tables.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code))]).toEqual([[], ['object-denied']])
    valueOf(await lake.objects.remove(recipe))
    expect(keptOf(await maintenance.maintain())).toEqual([])
    expect(await held()).toEqual(['old', 'stays', 'new', 'nobody’s'])
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
