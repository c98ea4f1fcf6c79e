// Which files a table leads to, of all its snapshots and of some.

import type { Result } from '@tulle/kernel'
import { memoryObjects } from '@tulle/objects'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DataFile, Lake, ReachableFile, Table } from './index.ts'
import { commit, createTable, filesReachable, newDataPath, openLake, stageAppend, stageOverwrite } from './index.ts'
import { memoryCatalog } from './memory-catalog.ts'

let lake: Lake
let table: Table

beforeEach(async () => {
  lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects() })
  table = valueOf(await createTable(lake, { name: { namespace: 'n', name: 't' }, folder: 'p', columns: [{ name: 'x', type: 'int' }] }))
})

async function newFile(): Promise<DataFile> {
  return { path: valueOf(await lake.objects.create(newDataPath(lake, table), Uint8Array.of(1, 2, 3))), rows: 1, bytes: 3 }
}

async function change(how: typeof stageAppend, ...files: readonly DataFile[]): Promise<void> {
  ;[table] = valueOf(await commit(lake, [valueOf(await how(lake, table, { files }))])) as [Table]
}

async function reached(of?: Table['snapshots']): Promise<readonly ReachableFile[]> {
  return [...valueOf(await filesReachable(lake, table, of)).values()]
}

const paths = (files: readonly ReachableFile[], kind: ReachableFile['kind']): readonly string[] => files.filter((f) => f.kind === kind).map((f) => f.address).toSorted()

describe('the files that a table leads to', () => {
  it('are all that lie in its folder, as long as nothing was given up', async () => {
    await change(stageAppend, await newFile())
    await change(stageAppend, await newFile(), await newFile())
    await change(stageOverwrite, await newFile())
    await change(stageOverwrite)
    const there: string[] = []
    for await (const address of lake.objects.list('')) there.push(address)
    const files = await reached()
    expect(files.map((f) => f.address).toSorted()).toEqual(there.toSorted())
    expect(Object.groupBy(files, (f) => f.kind)).toMatchObject({ metadata: { length: 5 }, 'manifest-list': { length: 4 }, manifest: { length: 5 }, data: { length: 4 } })
  })

  it('are, for one snapshot, those that are live in it, and not those that it removed', async () => {
    const [first, second] = [await newFile(), await newFile()]
    await change(stageAppend, first)
    await change(stageOverwrite, second)
    const [before, after] = table.snapshots
    expect(paths(await reached([before as never]), 'data')).toEqual([first.path])
    expect(paths(await reached([after as never]), 'data')).toEqual([second.path])
    expect(paths(await reached([after as never]), 'manifest-list')).toEqual([after?.manifestList])
    expect(paths(await reached([]), 'data')).toEqual([])
  })

  it('count once, however many snapshots share them', async () => {
    const file = await newFile()
    await change(stageAppend, file)
    await change(stageAppend, await newFile())
    expect(paths(await reached(), 'data').filter((path) => path === file.path)).toHaveLength(1)
  })

  it('hold the statistics of the snapshots that are asked for', async () => {
    await change(stageAppend, await newFile())
    const id = BigInt(table.currentSnapshot?.id ?? 0)
    const statistics = (name: string, of: bigint): { readonly 'snapshot-id': bigint; readonly 'statistics-path': string } => ({ 'snapshot-id': of, 'statistics-path': `${table.location}/metadata/${name}` })
    const carried = { statistics: [statistics('a.stats', id), statistics('b.stats', 7n)], 'partition-statistics': [statistics('c.stats', id)] }
    table = { ...table, metadata: { ...table.metadata, carried } }
    expect(paths(await reached(), 'statistics')).toEqual([`${table.location}/metadata/a.stats`, `${table.location}/metadata/c.stats`])
    expect(paths(await reached([]), 'statistics')).toEqual([])
  })

  it.each([
    ['a file of the log', () => ({ ...table.metadata, metadataLog: [{ metadataFile: lake.objects.address('p/other/1.metadata.json'), timestamp: 1 }] })],
    ['a statistics file', () => ({ ...table.metadata, carried: { statistics: [{ 'snapshot-id': BigInt(table.currentSnapshot?.id ?? 0), 'statistics-path': 'file:///etc/passwd' }] } })],
  ])('are refused where %s lies outside the table', async (_, metadata) => {
    await change(stageAppend, await newFile())
    expect(await filesReachable(lake, { ...table, metadata: metadata() })).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
  })

  it('are not known where a manifest is missing', async () => {
    await change(stageAppend, await newFile())
    const [manifest] = paths(await reached(), 'manifest')
    valueOf(await lake.objects.remove(manifest ?? ''))
    expect(await filesReachable(lake, table)).toMatchObject({ ok: false, diagnostics: [{ code: 'object-missing' }] })
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
